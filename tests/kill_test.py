"""kill -9 of gateway, publisher and engine, each under load. A checker that knows only what the FIX clients
were told and what the multicast said then finds every acknowledged order, no execution twice, no gap and
no changed repeat in the feed; and the journal replays to the same events.

usage: kill_test.py BINARIES [--rounds N] [--seed N]"""

import argparse
import collections
import random
import struct
import sys
import time

from feed_recorder import FeedRecorder
from fix_broker import Broker, timestamp
from venue_process import Venue


class Order:
    """What one broker knows of one order of its own."""

    def __init__(self, client_id, symbol, side, price, quantity):
        self.client_id, self.symbol, self.side = client_id, symbol, side
        self.price, self.quantity = price, quantity
        self.executed = 0
        self.acknowledged = False
        self.open = False
        self.reference = None
        self.order_id = None


class Load:
    """Brokers that quote, trade and cancel at a steady pace whatever happens to the venue."""

    def __init__(self, venue, seed, rate=150):
        self.random = random.Random(seed)
        self.rate = rate
        self.next_id = 0
        # Two keep their orders when disconnected, two lose them.
        self.brokers = [Broker("BROKER%d" % (i + 1), "demo-broker%d" % (i + 1), venue.fix_port,
                               cancel_on_disconnect=i >= 2) for i in range(4)]
        self.orders = {b.comp_id: {} for b in self.brokers}
        self.retry_at = 0
        self.symbols = []
        self.fair = {}

    def learn_symbols(self):
        broker = self.brokers[0]
        self.wait(lambda: all(b.logged_on for b in self.brokers), "no logon")
        broker.send("x", (320, "list"), (559, "4"))
        self.wait(lambda: any(m[35] == "y" and m.get(893) != "N" for m in broker.received), "no list")
        for message in broker.received:
            for tag, value in message.fields:
                if tag == 55:
                    symbol = value
                elif tag == 872 and value.startswith("ReferencePrice="):
                    self.fair[symbol] = round(float(value.partition("=")[2]) * 100)
        self.symbols = sorted(self.fair)[:12]

    def wait(self, done, complaint, seconds=30):
        deadline = time.monotonic() + seconds
        while not done():
            self.step()
            time.sleep(0.005)
            if time.monotonic() > deadline:
                raise RuntimeError(complaint)

    def step(self):
        now = time.monotonic()
        for broker in self.brokers:
            broker.poll()
            if broker.socket is None and now > self.retry_at:
                if not broker.connect():
                    self.retry_at = now + 0.1

    def run(self, seconds):
        start = time.monotonic()
        sent = 0
        while time.monotonic() - start < seconds:
            self.step()
            while sent < (time.monotonic() - start) * self.rate:
                sent += 1
                self.act(self.random.choice(self.brokers))
            time.sleep(0.002)

    def burst(self, count):
        """So that something is under way everywhere at the next moment."""
        for _ in range(count):
            self.act(self.random.choice(self.brokers))

    def act(self, broker):
        if not broker.logged_on:
            return
        self.next_id += 1
        client_id = "K%d" % self.next_id
        known = list(self.orders[broker.comp_id].values())[-200:]
        if self.random.random() < 0.2 and known:
            order = self.random.choice(known)
            broker.send("F", (41, order.client_id), (11, client_id), (55, order.symbol),
                        (54, order.side), (60, timestamp()))
            return
        symbol = self.random.choice(self.symbols)
        side = self.random.choice("12")
        cents = self.fair[symbol] + self.random.randint(-3, 3)
        order = Order(client_id, symbol, side, cents * 100, self.random.randint(1, 50))
        self.orders[broker.comp_id][client_id] = order
        broker.send("D", (11, client_id), (1, broker.comp_id), (55, symbol), (54, side),
                    (60, timestamp()), (38, order.quantity), (40, 2),
                    (44, "%d.%02d" % (cents // 100, cents % 100)),
                    (59, self.random.choice("0011113")))


class Checker:
    def __init__(self, load, recorder):
        self.load = load
        self.recorder = recorder
        self.problems = []
        self.trades = collections.defaultdict(list)  # by match number
        self.acknowledged = 0

    def say(self, text):
        self.problems.append(text)

    def read_reports(self):
        exec_ids = {}
        for broker in self.load.brokers:
            for altered in broker.altered:
                self.say("%s: a resend changed a message: %s" % (broker.comp_id, altered))
            for message in broker.session_rejects:
                self.say("%s: rejected: %r" % (broker.comp_id, message.raw))
            for message in broker.received:
                if message[35] == "j":
                    self.say("%s: rejected: %r" % (broker.comp_id, message.raw))
                if message[35] != "8" or message[150] == "I":
                    continue
                key = message[17]
                if key in exec_ids:
                    self.say("ExecID %s twice: %r and %r" % (key, exec_ids[key], message.raw))
                exec_ids[key] = message.raw
                self.read_report(broker, message)

    def read_report(self, broker, message):
        order = self.load.orders[broker.comp_id].get(message[11])
        if order is None:
            order = self.load.orders[broker.comp_id].get(message.get(41))
        if order is None:
            return self.say("%s: a report on an order that was never sent: %r" % (
                broker.comp_id, message.raw))
        kind = message[150]
        if kind == "8":
            if order.acknowledged:
                self.say("accepted, then refused: %r" % message.raw)
            return
        if kind == "0":
            if order.acknowledged:
                self.say("accepted twice: %r" % message.raw)
            order.acknowledged = True
            self.acknowledged += 1
            order.order_id = message[37]
        if not order.acknowledged:
            self.say("a report before its order was accepted: %r" % message.raw)
        if kind == "F":
            order.executed += int(message[32])
            self.trades[int(message[527])].append(
                (broker.comp_id, message[54], int(message[32]), message[31]))
        if int(message[14]) != order.executed:
            self.say("executed is %s, the fills say %d: %r" % (
                message[14], order.executed, message.raw))
        order.open = message[39] in ("0", "1")
        if order.open and int(message[151]) != order.quantity - order.executed:
            self.say("open quantity is wrong: %r" % message.raw)
        if message.get(198):
            order.reference = int(message[198])

    def compare_with_status(self):
        """What the venue says is open is what the reports left open."""
        for broker in self.load.brokers:
            at = len(broker.received)
            broker.send("AF", (584, "END" + broker.comp_id), (585, 7))

            def complete():
                reports = [m for m in broker.received[at:] if m[35] == "8" and m[150] == "I"]
                return any(m.get(912) == "Y" or m[39] == "8" for m in reports)
            self.load.wait(complete, "no answer to a mass status request")
            told = {m[11]: int(m[151]) for m in broker.received[at:]
                    if m[35] == "8" and m[150] == "I" and m[39] != "8"}
            known = {o.client_id: o.quantity - o.executed
                     for o in self.load.orders[broker.comp_id].values() if o.open}
            if told != known:
                self.say("%s: open at the venue, not by the reports: %s; by the reports only: %s" % (
                    broker.comp_id, sorted(told.items() - known.items()),
                    sorted(known.items() - told.items())))

    def read_feed(self):
        """The book as the multicast tells it against the orders; its trades against the reports'."""
        book = {}
        matches = {}
        for message in self.recorder.stream():
            kind = message[0:1]
            if kind == b"A":
                reference, side, quantity, _, price = struct.unpack_from(">Qc I8sI", message, 11)
                book[reference] = [side, quantity, price]
            elif kind in b"EC":
                reference, quantity, match = struct.unpack_from(">QIQ", message, 11)
                self.reduce(book, reference, quantity, "executed")
                if match in matches:
                    self.say("match number %d twice on the feed" % match)
                matches[match] = quantity
            elif kind == b"X":
                reference, quantity = struct.unpack_from(">QI", message, 11)
                self.reduce(book, reference, quantity, "cancelled")
            elif kind == b"D":
                reference, = struct.unpack_from(">Q", message, 11)
                if book.pop(reference, None) is None:
                    self.say("the feed deletes %d, which is not there" % reference)
            elif kind == b"U":
                old, new, quantity, price = struct.unpack_from(">QQII", message, 11)
                book[new] = [book.pop(old)[0], quantity, price]
        self.compare_book(book)
        self.compare_trades(matches)
        self.problems += self.recorder.problems

    def reduce(self, book, reference, quantity, what):
        if reference not in book or book[reference][1] < quantity:
            return self.say("the feed has %d of %d %s, more than there was" % (
                quantity, reference, what))
        book[reference][1] -= quantity
        if book[reference][1] == 0:
            del book[reference]

    def compare_book(self, book):
        known = {}
        for orders in self.load.orders.values():
            for order in orders.values():
                if order.open:
                    side = b"B" if order.side == "1" else b"S"
                    known[order.reference] = [side, order.quantity - order.executed, order.price]
        if book != known:
            self.say("open on the feed only: %s; by the reports only: %s" % (
                {k: v for k, v in book.items() if known.get(k) != v},
                {k: v for k, v in known.items() if book.get(k) != v}))

    def compare_trades(self, matches):
        for match, sides in self.trades.items():
            if sorted(s[1] for s in sides) != ["1", "2"]:
                self.say("trade %d was reported to %s" % (match, sides))
            elif sides[0][2:] != sides[1][2:]:
                self.say("trade %d differs between its sides: %s" % (match, sides))
            if matches.get(match) != sides[0][2]:
                self.say("trade %d is %s on the feed and %s in the reports" % (
                    match, matches.get(match), sides))
        for match in matches.keys() - self.trades.keys():
            self.say("trade %d is on the feed and in no report" % match)


def run(venue, options):
    venue.start_all()
    recorder = FeedRecorder(venue)
    try:
        venue.list_demo()
        load = Load(venue, options.seed)
        load.learn_symbols()
        load.run(2)
        for round_number in range(options.rounds):
            for name in ("gateway", "publisher", "engine"):
                load.burst(100)
                time.sleep(load.random.random() * 0.02)
                venue.kill(name)
                load.run(0.2 + load.random.random())
                venue.start(name)
                load.run(3)
                print("round %d: %s killed, the venue goes on; %d orders sent" % (
                    round_number + 1, name, sum(len(o) for o in load.orders.values())), flush=True)
        load.wait(lambda: all(b.logged_on for b in load.brokers), "a broker cannot come back")
        load.run(0)
        quiet = time.monotonic() + 4  # for orders of those who were gone, and the last heartbeats
        load.wait(lambda: time.monotonic() > quiet, "")
        checker = Checker(load, recorder)
        checker.read_reports()
        checker.compare_with_status()
        checker.read_feed()
        venue.stop()
        replayed = venue.tool("carbonx-replay")
        print(replayed.strip().splitlines()[-1])
        print("%d orders acknowledged, %d trades, %d packets, %d messages repeated" % (
            checker.acknowledged, len(checker.trades), recorder.packets, recorder.repeats))
        if checker.acknowledged < 100 or len(checker.trades) < 20:
            checker.say("too little happened to prove anything")
        return checker.problems
    finally:
        recorder.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print("seed %d" % options.seed)
    with Venue(options.binaries) as venue:
        problems = run(venue, options)
        for problem in problems[:20]:
            print("WRONG: " + problem)
        if problems:
            sys.exit("%d problems" % len(problems))
    print("ok")


if __name__ == "__main__":
    main()
