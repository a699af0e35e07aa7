"""A whole day of the demo's market for decoders that this project did not write: Wireshark's MoldUDP64 and the
parser of the npm package soupbintcp find the same messages in it as the few lines here do.

No registry that this project installs from has a decoder of ITCH 5.0 (Wireshark's own speaks ITCH 3.0), so
what stands inside a message is not theirs to judge, but feed_decoder.py's.

usage: public_decoders_test.py BINARIES WORK_DIRECTORY
The package is installed in the work directory, from npm, as package-lock.json says."""

import collections
import os
import subprocess
import sys
import time

from demo_feed_test import Decoder
from feed_decoder import frames, integer, udp_payload
from npm_package import install
from venue_process import Venue
from wireshark import Capture

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "soupbintcp")
TRADE_SECONDS = 4


def record_day(venue):
    """From the first message to the end of the session, heard on both lines; returns the capture's path."""
    path = os.path.join(venue.directory, "day.pcap")
    venue.start_all()
    decoder = Decoder(venue, "day.books", "--record", path)
    time.sleep(0.5)
    venue.list_demo()
    trading = subprocess.Popen(
        [os.path.join(venue.binaries, "carbonx-demo"), "trade", "--port", str(venue.fix_port),
         "--group", venue.group_a, "--feed-port", str(venue.feed_port)], stdout=subprocess.DEVNULL)
    time.sleep(TRADE_SECONDS)
    venue.check_alive()
    trading.terminate()
    trading.wait(20)
    for phase in ("halted", "continuous", "closed"):
        venue.tool("carbonx-admin", "phase", phase)
    decoder.books()
    return path


def blocks_of(path):
    """The packets' blocks, of both lines, each as 2 bytes length and the message."""
    with open(path, "rb") as file:
        packets = [udp_payload(link, frame)[1] for link, frame in frames(file.read())]
    blocks = []
    for packet in packets:
        at = 20
        while at < len(packet):
            end = at + 2 + integer(packet, at, 2)
            blocks.append(packet[at:end])
            at = end
    return blocks


def count(blocks):
    """How many there are of each type and size of message."""
    return collections.Counter((chr(block[2]), len(block) - 2) for block in blocks)


def soupbintcp_count(directory, blocks):
    """The same by soupbintcp; throws what it complains about."""
    done = subprocess.run(["node", "blocks.js"], cwd=directory, input=b"".join(blocks),
                          capture_output=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError("soupbintcp: " + done.stderr.decode())
    counts = {}
    for line in done.stdout.decode().splitlines():
        kind, size, number = line.split()
        counts[kind, int(size)] = int(number)
    return counts


def broken(block, at, value):
    return block[:at] + bytes([value]) + block[at + 1:]


def check_wireshark(path, port, blocks):
    capture = Capture(path, "moldudp64", port)
    wrong = capture.complaints()
    if wrong:
        raise RuntimeError("tshark complains:\n" + wrong)
    if capture.field("moldudp64.msgdata") != [block[2:].hex() for block in blocks]:
        raise RuntimeError("tshark reads other messages")

    # What is broken is told: the length of the first packet's first message.
    with open(path, "r+b") as file:
        file.seek(24 + 16 + 28 + 20)
        file.write(b"\xFF")
    if not capture.complaints():
        raise RuntimeError("a broken packet went unnoticed by tshark")


def check_soupbintcp(directory, blocks):
    counts = count(blocks)
    found = soupbintcp_count(directory, blocks)
    if found != counts:
        raise RuntimeError("soupbintcp counts %s, there are %s" % (found, counts))

    # Another type is another count; another length puts the parser out of step.
    half = len(blocks) // 2
    for at, value in ((2, ord("?")), (1, len(blocks[half]) - 1)):
        try:
            found = soupbintcp_count(directory, [*blocks[:half], broken(blocks[half], at, value),
                                                 *blocks[half + 1:]])
        except RuntimeError:
            continue
        if found == counts:
            raise RuntimeError("a broken message went unnoticed by soupbintcp")


def run(venue, directory):
    path = record_day(venue)
    venue.stop()
    blocks = blocks_of(path)
    counts = count(blocks)
    if not set("SRHAEDU") <= {kind for kind, _ in counts} or len(blocks) < 2000:
        raise RuntimeError("too little happened to prove anything: %s" % counts)
    check_wireshark(path, venue.feed_port, blocks)
    check_soupbintcp(directory, blocks)
    print("ok: %d messages on two lines, read alike by all: %s" % (
        len(blocks), ", ".join("%s %d" % (kind, n) for (kind, _), n in sorted(counts.items()))))


def main():
    binaries, directory = sys.argv[1:3]
    install(SOURCE, directory)
    with Venue(binaries) as venue:
        run(venue, directory)


if __name__ == "__main__":
    main()
