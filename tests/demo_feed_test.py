"""The demo's market on the multicast: a halt, a close, brokers trading. Wireshark finds nothing malformed in any
packet; the decoder that knows only marketdata/README.md rebuilds at every phase change the books that the
engine had, once from the start and once joining late.

usage: demo_feed_test.py BINARIES"""

import itertools
import os
import subprocess
import sys
import time

from venue_process import Venue
from wireshark import Capture

HERE = os.path.dirname(os.path.abspath(__file__))
TRADE_SECONDS = 8


class Decoder:
    def __init__(self, venue, name, *more):
        self.output = os.path.join(venue.directory, name)
        with open(self.output, "w", encoding="utf-8") as file:
            self.process = subprocess.Popen(
                [sys.executable, os.path.join(HERE, "feed_decoder.py"), "--live", "120",
                 "--line", "%s:%d" % (venue.group_a, venue.feed_port),
                 "--line", "%s:%d" % (venue.group_b, venue.feed_port),
                 "--rerequest", "127.0.0.1:%d" % venue.rerequest_port, *more],
                stdout=file, stderr=subprocess.PIPE, text=True)

    def books(self):
        _, complaint = self.process.communicate(timeout=120)
        if self.process.returncode != 0:
            raise RuntimeError("the decoder: " + complaint)
        with open(self.output, encoding="utf-8") as file:
            return file.read()


def check_capture(path, port):
    capture = Capture(path, "moldudp64", port)
    wrong = capture.complaints()
    if wrong:
        raise RuntimeError("tshark complains:\n" + wrong)
    return len(capture.field("frame.number"))


# What the feed says at a change of phase; the replay names the phase itself.
PHASES = {"H Q": "pre_open", "H T": "continuous", "H H": "halted", "S M": "closed"}


def books_at_phases(text):
    """[(phase, the books' lines)], of the decoder's or of the replay's output."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if words[0] != "#":
            if found:
                found[-1][1].append(line)
        elif words[1] == "phase":
            found.append((words[2], []))
        else:
            found.append((PHASES.get(" ".join(words[1:3])), []))
    return [(phase, lines) for phase, lines in found if phase]


def compare(feed, engine, what):
    heard, truth = books_at_phases(feed), books_at_phases(engine)
    if [phase for phase, _ in heard] != [phase for phase, _ in truth]:
        raise RuntimeError("%s: the feed tells phases %s, the engine had %s" % (
            what, [p for p, _ in heard], [p for p, _ in truth]))
    for (phase, mine), (_, theirs) in zip(heard, truth):
        if mine != theirs:
            wrong = [pair for pair in itertools.zip_longest(mine, theirs) if pair[0] != pair[1]]
            raise RuntimeError("%s: other books at %s: %s" % (what, phase, wrong[:5]))
    return len(truth), sum(len(lines) for _, lines in truth)


def run(venue):
    venue.start_all()
    capture = os.path.join(venue.directory, "feed.pcap")
    early = Decoder(venue, "early.books", "--record", capture)
    time.sleep(0.5)
    venue.list_demo()
    trading = subprocess.Popen(
        [os.path.join(venue.binaries, "carbonx-demo"), "trade", "--port", str(venue.fix_port),
         "--group", venue.group_a, "--feed-port", str(venue.feed_port),
         "--seconds", str(TRADE_SECONDS)], stdout=subprocess.PIPE, text=True)
    time.sleep(TRADE_SECONDS / 2)
    venue.tool("carbonx-admin", "phase", "halted")
    venue.tool("carbonx-admin", "phase", "continuous")
    late = Decoder(venue, "late.books", "--late")
    time.sleep(TRADE_SECONDS / 2 + 1)
    venue.check_alive()
    # The brokers' quotes still stand.
    venue.tool("carbonx-admin", "phase", "halted")
    venue.tool("carbonx-admin", "phase", "continuous")
    trading.terminate()
    print(trading.communicate(timeout=20)[0].strip())
    venue.tool("carbonx-admin", "phase", "closed")
    heard = early.books()
    heard_late = late.books()
    venue.stop()
    packets = check_capture(capture, venue.feed_port)
    truth = venue.tool("carbonx-replay", "--books-at-phases")
    phases, orders = compare(heard, truth, "from the start")
    compare(heard_late, truth, "joined late")
    if heard != heard_late:
        raise RuntimeError("the late decoder ends elsewhere than the early one")
    if phases < 7 or orders < 500:
        raise RuntimeError("too little happened to prove anything: %d orders in books" % orders)
    print("ok: %d packets, nothing malformed; %d phases, %d orders in their books, equal" % (
        packets, phases, orders))


def main():
    with Venue(sys.argv[1]) as venue:
        run(venue)


if __name__ == "__main__":
    main()
