"""The multicast as any receiver has it: whole packets, one content for a number, no number left out, nothing sent
out of order; and the books and trades that it tells."""

import collections
import struct

DAY_NS = 86400 * 10**9

# What may be on an ITCH channel: sizes by type, and the values of the fields that are enumerations.
SIZES = {b"S": 12, b"R": 39, b"H": 25, b"A": 36, b"E": 31, b"X": 23, b"D": 19, b"U": 35}
VALUES = {
    b"S": {11: b"OSQMEC"},
    b"R": {19: b"QGSNAPZV ", 20: b"DEQSGHJKCN ", 25: b"YN", 29: b"PT", 30: b"YN ", 31: b"YNZ ", 32: b"12 ",
           33: b"YN ", 38: b"YN"},
    b"H": {19: b"HPQT", 20: b" "},
    b"A": {19: b"BS"},
}


def flaw(message):
    """What public decoders would stumble over; None: nothing."""
    kind = message[0:1]
    if SIZES.get(kind) != len(message):
        return "is of type %r and %d bytes long" % (kind, len(message))
    for at, values in VALUES.get(kind, {}).items():
        if message[at] not in values:
            return "has %r at %d" % (message[at:at + 1], at)
    return None


class Feed:
    def __init__(self, say):
        self.say = say
        self.messages = {}  # by session and number
        self.next = {}      # by line and session
        self.backwards = collections.Counter()  # by line
        self.restarts = 0
        self.packets = self.repeats = self.gaps = 0
        self.trades = {}    # quantities by match number
        self.books = {}     # side, quantity and price by reference

    def restarted(self):
        self.restarts += 1

    def packet(self, line, packet):
        self.packets += 1
        session, sequence, count = struct.unpack_from(">10sQH", packet)
        if count == 0xFFFF:
            count = 0
        offset = 20
        for number in range(sequence, sequence + count):
            size, = struct.unpack_from(">H", packet, offset)
            message = packet[offset + 2:offset + 2 + size]
            offset += 2 + size
            known = self.messages.setdefault((session, number), message)
            if known != message:
                self.say("message %d came as %s and as %s" % (number, known.hex(), message.hex()))
        if offset != len(packet):
            self.say("a packet with message %d is cut, or goes on behind its end" % sequence)
        if line != "R":
            self.follow(line, session, sequence, sequence + count)

    def follow(self, line, session, first, end):
        expected = self.next.get((line, session), first)
        if first > expected:
            self.gaps += 1  # lost on the way; the other line or a re-request must have it
        elif first < expected:
            # A publisher that was restarted repeats its last messages, once, from some place on.
            self.backwards[line] += 1
            self.repeats += expected - first
            if self.backwards[line] > self.restarts:
                self.say("line %s went back from message %d to %d without a restart" % (
                    line, expected, first))
        self.next[line, session] = end

    def read(self):
        """The whole stream. Says what is wrong."""
        last = collections.defaultdict(int)
        for session, number in self.messages:
            last[session] = max(last[session], number)
        for (_, session), end in self.next.items():  # heartbeats tell what there is, too
            last[session] = max(last[session], end - 1)
        for session in sorted(last):
            self.books.clear()
            time_ns = 0
            for number in range(1, last[session] + 1):
                message = self.messages.get((session, number))
                if message is None:
                    self.say("message %d of %s never came" % (number, session.decode()))
                    continue
                now_ns = int.from_bytes(message[5:11], "big")
                # Past midnight it begins again.
                if 0 < time_ns - now_ns < DAY_NS / 2:
                    self.say("message %d goes back in time" % number)
                time_ns = now_ns
                wrong = flaw(message)
                if wrong:
                    self.say("message %d %s" % (number, wrong))
                self.apply(message)

    def apply(self, message):
        kind = message[0:1]
        if kind == b"A":
            reference, side, quantity, symbol, price = struct.unpack_from(">Qc I8sI", message, 11)
            if reference in self.books:
                self.say("the feed adds %d twice" % reference)
            self.books[reference] = (side, quantity, price, symbol.decode().rstrip())
        elif kind == b"E":
            reference, quantity, match = struct.unpack_from(">QIQ", message, 11)
            self.reduce(reference, quantity)
            if match in self.trades:
                self.say("trade %d is twice on the feed" % match)
            self.trades[match] = quantity
        elif kind == b"X":
            self.reduce(*struct.unpack_from(">QI", message, 11))
        elif kind == b"D":
            reference, = struct.unpack_from(">Q", message, 11)
            if self.books.pop(reference, None) is None:
                self.say("the feed deletes %d, which is not there" % reference)
        elif kind == b"U":
            old, new, quantity, price = struct.unpack_from(">QQII", message, 11)
            order = self.books.pop(old, None)
            if order is None:
                self.say("the feed replaces %d, which is not there" % old)
            else:
                self.books[new] = (order[0], quantity, price, order[3])

    def reduce(self, reference, quantity):
        side, had, price, symbol = self.books.get(reference, (b"", 0, 0, ""))
        if had < quantity:
            return self.say("the feed takes %d off %d, which has %d" % (quantity, reference, had))
        self.books[reference] = (side, had - quantity, price, symbol)
        if had == quantity:
            del self.books[reference]
