"""The demo's drop copy session, COPY1, beside four brokers under load: through kills of gateway and engine it hears what
BROKER1 hears, ExecID for ExecID, and nobody else. Then BROKER1 asks for its trades, most of which have left the event
log's window.

usage: demo_copy_test.py BINARIES"""

import sys

from fix_broker import Broker
from market_load import MarketLoad
from venue_process import Venue

KILLS = ("gateway", "engine", "gateway", "engine")
# What a copy has of its own, and what a resend adds.
NOT_COPIED = {8, 9, 10, 34, 43, 52, 56, 97, 115, 122, 797}


class CopiedLoad(MarketLoad):
    def __init__(self, venue, seed):
        super().__init__(venue, seed, None)
        self.copy = Broker("COPY1", "demo-copy1", venue.fix_port, cancel_on_disconnect=False)

    def step(self):
        super().step()
        self.copy.poll()
        if self.copy.socket is None:
            self.copy.connect()

    def owner(self):
        return self.brokers[0]


def said(message):
    return tuple(f for f in message.fields if f[0] not in NOT_COPIED)


def has_event(message):
    """A refusal by the gateway itself has none; a kill may repeat it."""
    return not message[17].startswith("G")


def reports(broker):
    return [m for m in broker.received if m[35] == "8"]


def compare(load):
    """How many reports were compared."""
    told = [said(m) for m in reports(load.owner()) if has_event(m)]
    copied = [said(m) for m in reports(load.copy) if has_event(m)]
    for number, (one, other) in enumerate(zip(told, copied)):
        assert one == other, "report %d: %r\ncopied as %r" % (number, one, other)
    assert len(told) == len(copied), "%d reports, %d copies" % (len(told), len(copied))
    copies = {said(m) for m in reports(load.copy)}
    assert all(said(m) in copies for m in reports(load.owner())), "a refusal was not copied"
    for message in load.copy.received:
        assert message[35] == "8" and message[797] == "Y" and message[115] == "BROKER1", message.raw
    assert not load.copy.altered and not load.copy.session_rejects
    return len(told)


def ask_trades(load):
    """All trades of the day, by AD; gives their ExecIDs."""
    owner = load.owner()
    begin = len(owner.received)
    owner.send("AD", (568, "all"), (569, 0))
    load.wait(lambda: any(m.get(912) == "Y" for m in owner.received[begin:] if m[35] == "AE"), "no trades")
    return [m[17] for m in owner.received[begin:] if m[35] == "AE"]


def main():
    with Venue(sys.argv[1], settings={"event_window_slots": "2048"}) as venue:
        venue.start_all()
        venue.list_demo()
        load = CopiedLoad(venue, seed=7)
        load.learn_symbols()
        load.wait(lambda: load.copy.logged_on, "COPY1 cannot log on")
        for name in KILLS:
            load.run(1.0)
            load.burst(40)
            venue.kill(name)
            load.run(0.2)
            venue.start(name)
            load.wait_logged_on()
            load.pulse()
        load.run(0.5)
        load.pulse()
        load.wait(lambda: len(reports(load.copy)) >= len(reports(load.owner())), "COPY1 lacks reports")
        count = compare(load)
        fills = [m[17] for m in reports(load.owner()) if m[150] == "F"]
        assert len(fills) > 50, "only %d trades" % len(fills)
        assert ask_trades(load) == fills
        print("ok: %d reports copied over %d kills, %d trades asked for again" % (count, len(KILLS), len(fills)))
        venue.stop()


if __name__ == "__main__":
    main()
