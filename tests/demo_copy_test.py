"""The demo's drop copy session, COPY1, beside two brokers who trade with each other: through kills of gateway and engine
it hears what BROKER1 hears, ExecID for ExecID, and nobody else. Then BROKER1 asks for its trades, most of which have
left the event log's window.

usage: demo_copy_test.py BINARIES"""

import random
import sys
import time

from fix_broker import Broker, timestamp
from venue_process import Venue

SYMBOL, PRICE = "V415024H", "10.05"
KILLS = ("gateway", "engine", "gateway", "engine")
RATE = 200
# What a copy has of its own, and what a resend adds.
NOT_COPIED = {8, 9, 10, 34, 43, 52, 56, 97, 115, 122, 797}


class Load:
    def __init__(self, venue):
        self.random = random.Random(7)
        self.owner = Broker("BROKER1", "demo-broker1", venue.fix_port)
        self.other = Broker("BROKER2", "demo-broker2", venue.fix_port)
        self.copy = Broker("COPY1", "demo-copy1", venue.fix_port, cancel_on_disconnect=False)
        self.all = (self.owner, self.other, self.copy)
        self.count = 0
        self.next_at = 0

    def act(self):
        """Someone buys or sells at the one price, or below it, and now and then takes an order back."""
        self.count += 1
        broker = self.random.choice((self.owner, self.other))
        if not broker.logged_on:
            return
        side = self.random.choice("12")
        price = self.random.choice((PRICE, PRICE, "10.00")) if side == "1" else PRICE
        broker.send("D", (11, "D%d" % self.count), (1, broker.comp_id), (55, SYMBOL), (54, side), (60, timestamp()),
                    (38, self.random.randint(1, 20)), (40, 2), (44, price))
        if self.random.random() < 0.2:
            broker.send("F", (11, "F%d" % self.count), (41, "D%d" % self.count), (55, SYMBOL), (54, side),
                        (60, timestamp()))

    def step(self):
        for session in self.all:
            session.poll()
            if session.socket is None:
                session.connect()
        time.sleep(0.002)

    def run(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.step()
            if time.monotonic() >= self.next_at:
                self.next_at = max(self.next_at + 1 / RATE, time.monotonic() - 0.1)
                self.act()

    def wait(self, done, complaint):
        deadline = time.monotonic() + 60
        while not done():
            self.step()
            if time.monotonic() > deadline:
                raise RuntimeError(complaint)

    def wait_logged_on(self):
        self.wait(lambda: all(s.logged_on for s in self.all), "a session cannot log on")

    def settle(self):
        """All that was sent is answered, and copied."""
        self.wait_logged_on()
        self.count += 1
        name = "S%d" % self.count
        self.owner.send("AF", (584, name), (585, 7))
        for session in (self.owner, self.copy):
            self.wait(lambda session=session: any(m.get(584) == name and (m.get(912) == "Y" or m[39] == "8")
                                                  for m in session.received[-1000:]),
                      "%s has no answer" % session.comp_id)


def said(message):
    return tuple(f for f in message.fields if f[0] not in NOT_COPIED)


def has_event(message):
    """A refusal by the gateway itself has none; a kill may repeat it."""
    return not message[17].startswith("G")


def reports(session):
    return [m for m in session.received if m[35] == "8"]


def compare(load):
    """How many reports were compared."""
    told = [said(m) for m in reports(load.owner) if has_event(m)]
    copied = [said(m) for m in reports(load.copy) if has_event(m)]
    for number, (one, other) in enumerate(zip(told, copied)):
        assert one == other, "report %d: %r\ncopied as %r" % (number, one, other)
    assert len(told) == len(copied), "%d reports, %d copies" % (len(told), len(copied))
    copies = {said(m) for m in reports(load.copy)}
    assert all(said(m) in copies for m in reports(load.owner)), "a refusal was not copied"
    for message in load.copy.received:
        assert message[35] == "8" and message[797] == "Y" and message[115] == "BROKER1", message.raw
    assert not load.copy.altered and not load.copy.session_rejects
    return len(told)


def ask_trades(load):
    """All trades of the day; gives their ExecIDs."""
    begin = len(load.owner.received)
    load.owner.send("AD", (568, "all"), (569, 0))
    load.wait(lambda: any(m.get(912) == "Y" for m in load.owner.received[begin:] if m[35] == "AE"), "no trades")
    return [m[17] for m in load.owner.received[begin:] if m[35] == "AE"]


def main():
    with Venue(sys.argv[1], settings={"event_window_slots": "1024"}) as venue:
        venue.start_all()
        venue.list_demo()
        load = Load(venue)
        load.wait_logged_on()
        for name in KILLS:
            load.run(1.5)
            venue.kill(name)
            load.run(0.2)
            venue.start(name)
            load.settle()
        load.run(0.5)
        load.settle()
        count = compare(load)
        fills = [m[17] for m in reports(load.owner) if m[150] == "F"]
        assert len(fills) > 100, "only %d trades" % len(fills)
        assert ask_trades(load) == fills
        print("ok: %d reports copied over %d kills, %d trades asked for again" % (count, len(KILLS), len(fills)))
        venue.stop()


if __name__ == "__main__":
    main()
