"""A whole day of the demo's market for decoders that this project did not write. Wireshark's MoldUDP64 and the
parser of the npm package soupbintcp find the same messages in it as the few lines here do; soupbintcp's client
logs in to the snapshot server while brokers trade, and gets what the stream had made until then.

No registry that this project installs from has a decoder of ITCH 5.0 (Wireshark's own speaks ITCH 3.0), so
what stands inside a message is not theirs to judge, but feed_decoder.py's.

usage: public_decoders_test.py BINARIES WORK_DIRECTORY
The package is installed in the work directory, from npm, as package-lock.json says."""

import collections
import io
import os
import subprocess
import sys
import time

from demo_feed_test import Decoder
from feed_decoder import Books, frames, integer, udp_payload
from npm_package import install
from soup_tap import Tap
from venue_process import Venue
from wireshark import Capture

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "soupbintcp")
TRADE_SECONDS = 4
PASSWORD = "demo-books"  # of the delivered settings


class Login:
    """A login to the snapshot server by soupbintcp's client, and what Wireshark says of it."""

    def __init__(self, venue, directory, name, *arguments):
        self.tap = Tap(venue.snapshot_port)
        done = subprocess.run(["node", "client.js", str(self.tap.port), *arguments], cwd=directory,
                              capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise RuntimeError("soupbintcp's client: " + done.stdout[-500:] + done.stderr)
        told = [line.split() for line in done.stdout.splitlines()]
        self.messages = [bytes.fromhex(words[1]) for words in told if words[0] == "message"]
        self.end = [" ".join(words) for words in told if words[0] != "message"]
        path = os.path.join(venue.directory, name + ".pcap")
        self.tap.save(path)
        self.capture = Capture(path, "soupbintcp", self.tap.port)

    def check(self, end):
        if self.end != end:
            raise RuntimeError("soupbintcp's client is told %s, not %s" % (self.end, end))
        wrong = self.capture.complaints()
        if wrong:
            raise RuntimeError("tshark complains:\n" + wrong)
        if self.capture.field("soupbintcp.message") != [message.hex() for message in self.messages]:
            raise RuntimeError("tshark reads other messages in the snapshot")


def record_day(venue, directory):
    """From the first message to the end of the session, heard on both lines; returns the capture's path,
    and the logins of the day."""
    path = os.path.join(venue.directory, "day.pcap")
    venue.start_all()
    decoder = Decoder(venue, "day.books", "--record", path)
    time.sleep(0.5)
    venue.list_demo()
    trading = subprocess.Popen(
        [os.path.join(venue.binaries, "carbonx-demo"), "trade", "--port", str(venue.fix_port),
         "--group", venue.group_a, "--feed-port", str(venue.feed_port)], stdout=subprocess.DEVNULL)
    time.sleep(TRADE_SECONDS)
    logins = (Login(venue, directory, "snapshot", "DEMO", PASSWORD),
              Login(venue, directory, "stranger", "DEMO", "wrong"),
              Login(venue, directory, "yesterday", "DEMO", PASSWORD, "2020010101"))
    venue.check_alive()
    trading.terminate()
    trading.wait(20)
    for phase in ("halted", "continuous", "closed"):
        venue.tool("carbonx-admin", "phase", phase)
    decoder.books()
    return path, logins


def packets_of(path):
    with open(path, "rb") as file:
        return [udp_payload(link, frame)[1] for link, frame in frames(file.read())]


def blocks_of(packet):
    """Its blocks, each as 2 bytes length and the message, by sequence number."""
    blocks, at, sequence = {}, 20, integer(packet, 10, 8)
    while at < len(packet):
        end = at + 2 + integer(packet, at, 2)
        blocks[sequence] = packet[at:end]
        at, sequence = end, sequence + 1
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
        kind, size, number = map(int, line.split())
        counts[chr(kind), size] = number
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


def books_after(messages):
    books = Books(io.StringIO())
    for sequence, message in enumerate(messages, 1):
        books.apply(sequence, message)
    books.output = io.StringIO()
    books.show("books", 0)
    return books.output.getvalue()


def check_snapshot(login, session, stream):
    """stream: the day's blocks by sequence number"""
    login.check(["accepted %s 1" % session, "end of session", "closed"])
    *image, end = login.messages
    if len(end) != 21 or end[:1] != b"G":
        raise RuntimeError("the snapshot ends with %s" % end.hex())
    following = int(end[1:])
    until = [stream[sequence][2:] for sequence in range(1, following)]
    books = books_after(image)
    if books != books_after(until) or books.count("\n") < 100:
        raise RuntimeError("the snapshot at %d has other books than the stream" % following)
    order = "".join(chr(message[0]) for message in image)
    if order != "".join(sorted(order, key="SRHA".index)):
        raise RuntimeError("the snapshot's messages come in this order: " + order)
    print("snapshot at %d of %d: %s" % (following, len(stream), collections.Counter(order)))


def run(venue, directory):
    path, (snapshot, stranger, yesterday) = record_day(venue, directory)
    venue.stop()
    packets = packets_of(path)
    stream = {sequence: block for packet in packets for sequence, block in blocks_of(packet).items()}
    check_snapshot(snapshot, packets[0][:10].decode(), stream)
    stranger.check(["rejected A", "closed"])
    yesterday.check(["rejected S", "closed"])

    blocks = [block for packet in packets for block in blocks_of(packet).values()]
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
