"""One broker's FIX session as it was recorded: numbers without a gap, nothing altered by a resend, each report
once and in order; and its orders as the reports tell them."""

from check_ledger import money
from fix_broker import SESSION_TYPES

MARKS = {8, 9, 10, 34, 43, 52, 97, 122}  # what may differ when a message comes again


def content(message):
    return tuple(field for field in message.fields if field[0] not in MARKS)


def event_of(exec_id):
    """The event's number and side; None for an answer that has no event."""
    if exec_id.startswith("G"):
        return None
    return int(exec_id[:-1]), exec_id[-1]


class Order:
    def __init__(self, message):
        self.order_id, self.symbol, self.side = message[37], message[55], message[54]
        self.executed = 0
        self.follow(message)

    def follow(self, message):
        self.client_id = message[11]
        self.quantity = int(message[38])
        self.price = money(message[44]) if 44 in message.first else 0
        self.open = message[39] in ("0", "1")
        self.reference = int(message.get(198, 0)) or getattr(self, "reference", 0)


class Session:
    def __init__(self, name, say, ledger):
        self.name, self.ledger = name, ledger
        self.complain = say
        self.expected = 1
        self.contents = {}      # of application messages, by number, as first heard
        self.highest = 0
        self.reports = {}       # contents by ExecID
        self.last_event = (0, "")
        self.last_time = ""
        self.orders = {}        # by order id
        self.accepted = set()   # ClOrdIDs
        self.sent = {}          # numbers by ClOrdID, of new orders, the newest number
        self.given_up = []      # ranges of numbers that the broker filled
        self.answered = set()   # ClOrdIDs and numbers
        self.acknowledged = self.repeated = self.resent = 0
        self.status = None      # open quantities and what was executed, by ClOrdID
        self.status_name = None
        self.last_sent = 0
        self.cut_at = 0         # the last number sent before a power cut

    def say(self, text, message=None):
        self.complain("%s: %s%s" % (self.name, text, "" if message is None else ": %r" % message.raw))

    def take_sent(self, message):
        kind, number = message[35], int(message[34])
        self.last_sent = max(self.last_sent, number)
        if kind == "D":
            self.sent[message[11]] = number
        elif kind == "4":
            self.given_up.append((number, int(message[36])))
        elif kind == "AF":
            self.status_name, self.status = message[584], {}

    def power_cut(self):
        self.cut_at = self.last_sent

    def take_received(self, message):
        kind, number = message[35], int(message[34])
        self.highest = max(self.highest, number)
        again = message.get(43) == "Y"
        self.resent += again
        if kind == "4":
            if message.get(123) != "Y":
                return self.say("the numbers were reset", message)
            if number <= self.expected < int(message[36]):
                self.expected = int(message[36])
            return
        if kind not in SESSION_TYPES:
            known = self.contents.setdefault(number, content(message))
            if known != content(message):
                self.say("number %d had another content before, %s" % (number, known), message)
        if number < self.expected:
            if not again:
                self.say("number %d comes again, %d is next" % (number, self.expected), message)
        elif number == self.expected:
            self.expected += 1
            self.take_in_order(message)
        # Above a gap: it comes again when the gap is filled.

    def take_in_order(self, message):
        kind = message[35]
        if kind in ("3", "j"):
            self.answered.add(int(message[45]))
            self.say("refused as a message", message)
        elif kind == "8":
            self.answered.add(message.get(11))
            self.take_report(message)

    def take_status(self, message):
        if message[39] == "8" or message.get(584) is None or message[584] != self.status_name:
            return
        if message[11] in self.status:
            self.say("the status has one order twice", message)
        self.status[message[11]] = (int(message[151]), int(message[14]))

    def take_report(self, message):
        exec_id = message[17]
        if exec_id in self.reports:
            self.repeated += 1
            if message.get(97) != "Y":
                self.say("ExecID %s was doubled" % exec_id, message)
            if self.reports[exec_id] != content(message):
                self.say("ExecID %s was %s" % (exec_id, self.reports[exec_id]), message)
            return
        self.reports[exec_id] = content(message)
        event = event_of(exec_id)
        if event is not None:
            if event <= self.last_event:
                self.say("a report is behind a later one", message)
            if message[60] < self.last_time:
                self.say("the venue's time was %s before" % self.last_time, message)
            self.last_event, self.last_time = event, message[60]
        self.apply(message)

    def apply(self, message):
        kind = message[150]
        if kind == "I":
            return self.take_status(message)
        if kind == "8":
            return
        order = self.orders.get(message[37])
        if kind == "0":
            if order is not None or message[11] in self.accepted:
                self.say("accepted twice", message)
            if message[11] not in self.sent:
                self.say("accepted, but never sent", message)
            self.accepted.add(message[11])
            self.acknowledged += 1
            self.orders[message[37]] = Order(message)
            return
        if order is None:
            return self.say("a report before its order was accepted", message)
        if not order.open:
            self.say("a report on an order that was done", message)
        if kind == "F":
            order.executed += int(message[32])
            self.ledger.fill(self.name, message)
        order.follow(message)
        if int(message[14]) != order.executed:
            self.say("the fills say %d executed" % order.executed, message)
        if order.open and int(message[151]) != order.quantity - order.executed:
            self.say("the open quantity is wrong", message)

    def check_numbers(self):
        if self.expected <= self.highest:
            self.say("number %d never came, %d did" % (self.expected, self.highest))

    def finish(self):
        """Says what is missing at the end of the recording."""
        self.check_numbers()
        self.check_answers()
        if self.status is None:
            return self.say("no final status was asked for")
        known = {o.client_id: (o.quantity - o.executed, o.executed)
                 for o in self.orders.values() if o.open}
        lost = sorted(known.items() - self.status.items())
        more = sorted(self.status.items() - known.items())
        if lost:
            self.say("open by the reports (ClOrdID, open, executed), not at the venue: %s" % lost)
        if more:
            self.say("open at the venue, not by the reports: %s" % more)

    def check_answers(self):
        """The session layer loses nothing, unless the broker itself gave it up or the power was cut."""
        for client_id, number in self.sent.items():
            if client_id in self.answered or number in self.answered or number <= self.cut_at:
                continue
            if not any(begin <= number < end for begin, end in self.given_up):
                self.say("order %s, number %d, was never answered" % (client_id, number))
