"""The checker: reads what brokers and receivers recorded (recording.py), ending with every broker's mass status,
and judges it alone, without asking the venue anything.

usage: check_venue.py RECORDING

No acknowledged order lost: what the reports leave open is open in the final status and in the multicast's books.
No execution doubled: an ExecID comes once, or again with 97=Y and the same content. Nothing out of order: session
numbers without a gap, reports in the order of their events, the multicast without a gap. Credits and cash conserved:
by the fills, from what operators had put in. A drop copy session has what its firm's sessions have, and nothing else.
Prints counts; exits with 1 and what is wrong."""

import argparse
import sys

from check_copies import Copies
from check_feed import Feed
from check_ledger import Ledger
from check_session import Session
from fix_broker import Message
from recording import read_recording

SHOWN = 20


class Check:
    def __init__(self):
        self.problems = []
        self.ledger = Ledger(self.problems.append)
        self.feed = Feed(self.problems.append)
        self.sessions = {}
        self.copies = {}
        self.done_to_the_venue = 0

    def session(self, name):
        if name in self.copies:
            return self.copies[name]
        if name not in self.sessions:
            self.sessions[name] = Session(name, self.problems.append, self.ledger)
        return self.sessions[name]

    def read(self, path):
        for mark, rest in read_recording(path):
            if mark in "<>":
                name, _, raw = rest.partition(b" ")
                session = self.session(name.decode("ascii"))
                if mark == ">":
                    session.take_sent(Message(raw))
                else:
                    session.take_received(Message(raw))
            elif mark in "ABR":
                self.feed.packet(mark, bytes.fromhex(rest.decode("ascii")))
            elif mark == "o":
                self.ledger.operator(rest.decode("utf-8"))
            elif mark == "c":
                name, *sources = rest.decode("ascii").split()
                self.copies[name] = Copies(name, self.problems.append, self.ledger, sources)
            elif mark == "!":
                self.note(rest.decode("ascii"))

    def note(self, text):
        self.done_to_the_venue += 1
        if text == "power cut":
            for session in self.sessions.values():
                session.power_cut()
        if text in ("power cut", "publisher"):
            self.feed.restarted()

    def finish(self):
        for session in self.sessions.values():
            session.finish()
        for copy in self.copies.values():
            copy.finish()
            copy.compare(self.sessions)
        self.feed.read()
        self.ledger.settle()
        self.compare_books()
        self.compare_trades()

    def compare_books(self):
        known = {}
        for session in self.sessions.values():
            for order in session.orders.values():
                if order.open:
                    side = b"B" if order.side == "1" else b"S"
                    known[order.reference] = (
                        side, order.quantity - order.executed, order.price, order.symbol)
        for reference in sorted(known.keys() | self.feed.books.keys()):
            told, shown = known.get(reference), self.feed.books.get(reference)
            if told != shown:
                self.problems.append("order reference %d is %s by the reports and %s on the feed" % (
                    reference, told, shown))

    def compare_trades(self):
        told = {match: fills[0].quantity for match, fills in self.ledger.trades.items()}
        for match in sorted(told.keys() | self.feed.trades.keys()):
            if told.get(match) != self.feed.trades.get(match):
                self.problems.append("trade %d is %s in the reports and %s on the feed" % (
                    match, told.get(match), self.feed.trades.get(match)))

    def counts(self):
        sessions = self.sessions.values()
        return ("check: faults=%d sent=%d acknowledged=%d open=%d trades=%d tonnes=%d reports=%d "
                "repeated=%d resent=%d copies=%d packets=%d feed_repeats=%d feed_gaps=%d problems=%d" % (
                    self.done_to_the_venue,
                    sum(len(s.sent) for s in sessions), sum(s.acknowledged for s in sessions),
                    sum(o.open for s in sessions for o in s.orders.values()),
                    len(self.ledger.trades), self.ledger.traded,
                    sum(len(s.reports) for s in sessions), sum(s.repeated for s in sessions),
                    sum(s.resent for s in sessions), sum(len(c.reports) for c in self.copies.values()),
                    self.feed.packets, self.feed.repeats,
                    self.feed.gaps, len(self.problems)))


def main():
    parser = argparse.ArgumentParser(description="Judges a recording of a venue's clients.")
    parser.add_argument("recording")
    options = parser.parse_args()
    check = Check()
    check.read(options.recording)
    check.finish()
    for problem in check.problems[:SHOWN]:
        print("WRONG: " + problem)
    print(check.counts())
    sys.exit(1 if check.problems else 0)


if __name__ == "__main__":
    main()
