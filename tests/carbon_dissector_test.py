#!/usr/bin/env python3
"""tools/carbon.lua in Wireshark shows every field of every message of the carbon channel, as the tables of
marketdata/README.md have them.  carbon_dissector_test.py CARBON_SAMPLE. Exit status 77: there is no tshark."""
import collections
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

import wire_tables

ROOT = pathlib.Path(__file__).resolve().parent.parent
WARNING = 0x600000
COMPLAINTS = f"_ws.malformed or _ws.expert.severity >= {WARNING} or _ws.lua.error"


def fail(text):
    sys.exit("carbon_dissector_test: " + text)


# ---- What the specification's tables say ----

def read_types():
    types = wire_tables.read_tables()
    labels = next(f for f in types["i"] if f.name == "labels").bits
    types["l"] = [f._replace(bits=labels) if "labels" in f.name else f for f in types["l"]]
    return types


def expected_fields(message, fields):
    """Of each field: its bytes, its value as text, and as people read it; and the bits that are set."""
    rows = []
    for f in fields:
        raw = message[f.offset:f.offset + f.length]
        bits = [name for bit, name in f.bits if wire_tables.number(message, f) & bit]
        if f.kind in ("alpha", "text"):
            value = raw.decode("utf-8").rstrip(" ")
            shown = value + (f" ({f.values[value]})" if value in f.values else "")
        else:
            value = shown = str(wire_tables.number(message, f))
        if f.kind == "price":
            shown += f" ({int(value) // 10000}.{int(value) % 10000:04})"
        rows.append((f, raw.hex(), value, shown, bits))
    return rows


# ---- The capture, read by hand ----

def blocks(packet):
    for_session, _, count = struct.unpack(">10sQH", packet[:20])
    at = 20
    while count != 0xFFFF and at < len(packet):
        length = int.from_bytes(packet[at:at + 2], "big")
        if for_session.endswith(b"CC"):
            yield packet[at + 2:at + 2 + length]
        at += 2 + length


def read_capture(data):
    """The channel's messages: those of datagrams, and those of snapshots."""
    datagrams, streams = [], collections.defaultdict(bytes)
    at = 24
    while at < len(data):
        size = struct.unpack("<I", data[at + 8:at + 12])[0]
        packet = data[at + 16:at + 16 + size]
        at += 16 + size
        source, target = struct.unpack(">HH", packet[20:24])
        if packet[9] == 17:
            datagrams.extend(blocks(packet[28:]))
        elif source == 26421:
            streams[target] += packet[40:]
    snapshots = []
    for stream in streams.values():
        place = 0
        while place < len(stream):
            length = int.from_bytes(stream[place:place + 2], "big")
            if stream[place + 2:place + 3] == b"S":
                snapshots.append(stream[place + 3:place + 2 + length])
            place += 2 + length
    return datagrams, snapshots


# ---- What Wireshark makes of it ----

def tshark(capture, *arguments):
    run = subprocess.run(
        ["tshark", "-n", "-X", f"lua_script:{ROOT / 'tools/carbon.lua'}",
         "-d", "udp.port==26401,moldudp64", "-d", "udp.port==26410,moldudp64", "-d", "udp.port==26411,moldudp64",
         "-d", "tcp.port==26421,soupbintcp", "-d", "moldudp64.payload,carbon", "-r", capture, *arguments],
        check=True, capture_output=True, text=True)
    if "Lua" in run.stderr:
        fail(run.stderr)
    return run.stdout


def shown_messages(capture):
    """As read_capture's, each a list of its fields."""
    datagrams, snapshots = [], []
    for packet in xml.fromstring(tshark(capture, "-T", "pdml")):
        kinds = [proto.get("name") for proto in packet]
        for proto in packet.iter("proto"):
            if proto.get("name") == "carbon":
                (datagrams if "udp" in kinds else snapshots).append(proto.findall("field"))
    return datagrams, snapshots


def compare(message, shown, types):
    kind = chr(message[0])
    if kind == "G":
        texts = [f.get("show") for f in shown]
        if texts != ["G", message[1:].decode().strip()]:
            fail(f"the end of a snapshot is shown as {texts}")
        return
    expected = expected_fields(message, types[kind])
    if len(shown) != len(expected):
        fail(f"{kind} has {len(expected)} fields, {len(shown)} are shown")
    for (f, raw, value, text, bits), item in zip(expected, shown):
        label, _, rest = item.get("showname").partition(": ")
        right = (item.get("value") == raw and item.get("show") == value and rest.startswith(text)
                 and (f.name == "" or label.lower() == f.name.lower())
                 and bits == [re.search("= (.*): ", bit.get("showname"))[1] for bit in item.findall("field")
                              if bit.get("show") == "1"]
                 and len(item.findall("field")) == len(f.bits))
        if not right:
            fail(f"{kind} at {f.offset}: {f.name!r} should be {text!r} {bits}, and is shown as "
                 f"{item.get('showname')!r} {[bit.get('showname') for bit in item.findall('field')]}")


def damaged(capture, kind):
    """The first message of the channel, a system event, gets this type."""
    data = bytearray(capture.read_bytes())
    data[24 + 16 + 28 + 20 + 2] = ord(kind)
    other = capture.with_name("damaged.pcap")
    other.write_bytes(data)
    return other


def main():
    if shutil.which("tshark") is None:
        print("carbon_dissector_test: SKIPPED, there is no tshark on this machine: apt-get install tshark")
        sys.exit(77)
    types = read_types()
    with tempfile.TemporaryDirectory() as directory:
        capture = pathlib.Path(directory, "sample.pcap")
        subprocess.run([sys.argv[1], capture, "1"], check=True)
        found = tshark(capture, "-Y", COMPLAINTS)
        if found:
            fail("tshark complains:\n" + found)

        sent, shown = read_capture(capture.read_bytes()), shown_messages(capture)
        for name, messages, fields in zip(("datagrams", "snapshots"), sent, shown):
            if len(messages) != len(fields):
                fail(f"{len(fields)} messages of {name} are shown, {len(messages)} were sent")
            for message, of_it in zip(messages, fields):
                compare(message, of_it, types)
        seen = {chr(message[0]) for messages in sent for message in messages}
        if seen != set("SpiclrstG"):
            fail(f"the sample has only the types {seen}")

        # What is broken is told.
        for kind, name in (("z", "carbon.unknown_type"), ("t", "carbon.wrong_length")):
            if not tshark(damaged(capture, kind), "-Y", name):
                fail(f"a message of type {kind} and 12 bytes gives no {name}")
    print(f"carbon_dissector_test: every field of {len(sent[0])} messages in datagrams and of {len(sent[1])} in "
          "snapshots, nothing malformed")


if __name__ == "__main__":
    main()
