"""Five sessions of four brokers that quote, trade, replace and cancel whatever happens to the venue. Three of them keep
their orders when they are disconnected; three send again what the venue did not hear, and ask again for orders that
nobody answered. Beside them two drop copy sessions only listen. It judges nothing: everything goes to a recording."""

import hashlib
import random
import time

from fix_broker import Broker, timestamp

BROKERS = 4
SYMBOLS = 12
# Beside the demo's sessions, by name the firm: the first one's second, and drop copies.
DESKS = {"DESK1": "BROKER1"}
COPIES = {"WATCH1": "BROKER1", "WATCH2": "BROKER2"}
PASSWORD = "of-the-load"


def more_settings():
    """For the venue's settings: the sessions that the demo does not have."""
    salt = bytes(16)
    digest = hashlib.scrypt(PASSWORD.encode(), salt=salt, n=16384, r=8, p=1, dklen=32)
    text = ""
    for name in (*DESKS, *COPIES):
        text += '\n[[gateway.session]]\ncomp_id = "%s"\npassword_hash = "scrypt:16384:8:1:%s:%s"\n' % (
            name, salt.hex(), digest.hex())
        if name in COPIES:
            text += 'role = "drop_copy"\n'
    return text


def more_listings():
    """The same, for the exchange."""
    return "".join("list_session name=%s participant=%s gateway=gateway\n" % item
                   for item in (*DESKS.items(), *COPIES.items()))


class Order:
    """What its broker needs to name it again."""

    def __init__(self, client_id, fields):
        self.client_id, self.fields = client_id, dict(fields)
        self.answered = False
        self.done = False


class MarketLoad:
    def __init__(self, venue, seed, recording, rate=300):
        self.random = random.Random(seed)
        self.rate = rate
        self.recording = recording
        self.next_id = 0
        self.brokers = [
            Broker("BROKER%d" % (i + 1), "demo-broker%d" % (i + 1), venue.fix_port,
                   cancel_on_disconnect=i >= 2, sends_again=i % 2 == 1, recording=recording)
            for i in range(BROKERS)]
        self.brokers += [Broker(name, PASSWORD, venue.fix_port, account=firm, cancel_on_disconnect=False,
                                sends_again=True, recording=recording) for name, firm in DESKS.items()]
        self.copies = [Broker(name, PASSWORD, venue.fix_port, recording=recording) for name in COPIES]
        for name, firm in COPIES.items():
            self.recording.write("c", name, " ".join(self.sessions_of(firm)).encode("ascii"))
        self.orders = {b.comp_id: {} for b in self.brokers}  # by every ClOrdID that they had
        self.recent = {b.comp_id: [] for b in self.brokers}
        self.read = {b.comp_id: 0 for b in (*self.brokers, *self.copies)}
        self.copied = {c.comp_id: {} for c in self.copies}  # the last ExecID, by session that it is of
        self.to_ask = {b.comp_id: False for b in (*self.brokers, *self.copies)}
        self.retry_at = 0
        self.symbols = []
        self.quiet_symbol = None  # nobody trades it
        self.fair = {}
        self.sent = 0

    def sessions_of(self, firm):
        return [b.comp_id for b in self.brokers if b.account == firm]

    def learn_symbols(self):
        broker = self.brokers[0]
        self.wait_logged_on()
        broker.send("x", (320, "list"), (559, "4"))
        self.wait(lambda: any(m[35] == "y" and m.get(893) != "N" for m in broker.received), "no list")
        for message in broker.received:
            for tag, value in message.fields:
                if tag == 55:
                    symbol = value
                elif tag == 872 and value.startswith("ReferencePrice="):
                    self.fair[symbol] = round(float(value.partition("=")[2]) * 100)
        *self.symbols, self.quiet_symbol = sorted(self.fair)[:SYMBOLS + 1]

    def wait(self, done, complaint, seconds=30):
        deadline = time.monotonic() + seconds
        while not done():
            self.step()
            time.sleep(0.002)
            if time.monotonic() > deadline:
                raise RuntimeError(complaint)

    def wait_logged_on(self, seconds=30):
        self.wait(lambda: all(b.logged_on for b in (*self.brokers, *self.copies)), "a broker cannot log on", seconds)

    def pulse(self, seconds=30):
        """Until the exchange has answered every broker: the venue goes on."""
        names = {}  # of the request and its connection, by broker
        read = {}

        def answered():
            for broker in self.brokers:
                comp_id = broker.comp_id
                answers = [m for m in broker.received[read.get(comp_id, 0):]
                           if m.get(584) == names.get(comp_id, (None,))[0]]
                if comp_id in names and any(not m[17].startswith("G") for m in answers):
                    continue
                # Not asked yet, or on a connection that is gone, or the gateway has refused.
                if broker.logged_on and (answers or names.get(comp_id, (0, 0))[1] is not broker.socket):
                    self.next_id += 1
                    names[comp_id] = ("P%d" % self.next_id, broker.socket)
                    read[comp_id] = len(broker.received)
                    broker.send("AF", (584, names[comp_id][0]), (585, 1), (55, self.quiet_symbol))
                return False
            return True
        self.wait(answered, "the venue does not answer", seconds)

    def step(self):
        now = time.monotonic()
        for session in (*self.brokers, *self.copies):
            session.poll()
            if session.socket is None and now > self.retry_at:
                self.to_ask[session.comp_id] = True
                if not session.connect():
                    self.retry_at = now + 0.02
        for broker in self.brokers:
            self.read_reports(broker)
            if broker.logged_on and self.to_ask[broker.comp_id] and broker.sends_again:
                self.to_ask[broker.comp_id] = False
                self.ask_again(broker)

    def read_reports(self, broker):
        orders = self.orders[broker.comp_id]
        messages = broker.received
        for message in messages[self.read[broker.comp_id]:]:
            if message[35] not in ("8", "9"):
                continue
            order = orders.get(message.get(41)) or orders.get(message.get(11))
            if order is None:
                continue
            order.answered = True
            if message[35] == "8":
                order.done = message[39] not in ("0", "1")
                if message[150] == "5":
                    order.client_id = message[11]
                    order.fields[38] = message[38]
                    orders[message[11]] = order
        self.read[broker.comp_id] = len(messages)

    def ask_again(self, broker):
        """PossResend: under a new number, whatever was not answered."""
        for order in self.recent[broker.comp_id]:
            if not order.answered:
                broker.send("D", (97, "Y"), *order.fields.items())

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

    def drop(self):
        """One of the connections, whatever is on its way; its client comes back."""
        self.random.choice((*self.brokers, *self.copies)).close()

    def act(self, broker):
        if not broker.logged_on:
            return
        self.next_id += 1
        self.sent += 1
        client_id = "K%d" % self.next_id
        recent = self.recent[broker.comp_id]
        what = self.random.random()
        if what < 0.3 and recent:
            order = self.random.choice(recent)
            fields = [(41, order.client_id), (11, client_id), (55, order.fields[55]),
                      (54, order.fields[54]), (60, timestamp())]
            if what < 0.2:
                broker.send("F", *fields)
            else:
                self.replace(broker, order, fields)
            return
        symbol = self.random.choice(self.symbols)
        order = Order(client_id, [
            (11, client_id), (1, broker.account), (55, symbol), (54, self.random.choice("12")),
            (60, timestamp()), (38, self.random.randint(1, 50)), (40, 2),
            (44, self.price(symbol)), (59, self.random.choice("0011113"))])
        self.orders[broker.comp_id][client_id] = order
        recent.append(order)
        if len(recent) > 200:
            recent[:] = [o for o in recent if not o.done][-150:]
        broker.send("D", *order.fields.items())

    def replace(self, broker, order, fields):
        quantity = max(1, int(order.fields[38]) + self.random.randint(-10, 10))
        price = order.fields[44] if self.random.random() < 0.5 else self.price(order.fields[55])
        broker.send("G", *fields, (38, quantity), (40, 2), (44, price))

    def price(self, symbol):
        cents = self.fair[symbol] + self.random.randint(-3, 3)
        return "%d.%02d" % (cents // 100, cents % 100)

    def ask_status(self):
        """The final status: every broker's open orders, as the venue has them."""
        self.wait_logged_on()
        self.pulse()
        for broker in self.brokers:
            at = len(broker.received)
            self.next_id += 1
            name = "END%d" % self.next_id
            broker.send("AF", (584, name), (585, 7))

            def complete():
                return any(m.get(584) == name and (m.get(912) == "Y" or m[39] == "8")
                           for m in broker.received[at:])
            self.wait(complete, "no answer to a mass status request")
        self.wait_copied()

    def wait_copied(self, seconds=10):
        """Until the drop copies have caught up, or for so long that they never will: then the checker says so."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not all(self.has_caught_up(copy) for copy in self.copies):
            self.step()
            time.sleep(0.002)

    def has_caught_up(self, copy):
        """Of each session of its firm, the last report that was copied is the last one that was told."""
        for message in copy.received[self.read[copy.comp_id]:]:
            self.copied[copy.comp_id][message.get(115)] = message.get(17)
        self.read[copy.comp_id] = len(copy.received)
        told = {b.comp_id: next((m[17] for m in reversed(b.received) if m[35] == "8"), None)
                for b in self.brokers if b.account == COPIES[copy.comp_id]}
        return all(exec_id in (None, self.copied[copy.comp_id].get(name)) for name, exec_id in told.items())
