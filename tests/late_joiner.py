#!/usr/bin/env python3
"""A subscriber that comes late, from marketdata/README.md alone: no code of the venue's. It does the four steps of
"To join", and tells what it knows then, at every so many messages, and at the end of the session:

  late_joiner.py books|carbon LINE_A LINE_B RE-REQUESTS SNAPSHOTS USER PASSWORD EVERY      addresses as HOST:PORT

  # joined SEQUENCE NANOSECONDS SNAPSHOTS      by the monotonic clock; the sequence is of the next message
  # at SEQUENCE
  # end SEQUENCE

each with the picture behind it: books as feed_decoder.py writes them, then the counters' states; of the carbon
channel what it has told, a line each. Exit status 1: something was malformed, or contradicted the picture.
"""
import io
import select
import signal
import socket
import struct
import sys
import time

import wire_tables
from feed_decoder import TYPES, Books, Trouble, address, join

REPEAT_S = 0.05  # of a request
REST_S = 0.2     # between two looks at the lines once it has joined: they keep what comes


class BooksPicture:
    def __init__(self):
        self.books = Books(io.StringIO())
        self.states = {}  # by locate

    def apply(self, sequence, message):
        self.books.apply(sequence, message)
        if message[:1] == b"H":
            self.states[message[1:3]] = message[19:20] + message[21:25]

    def text(self):
        self.books.output = io.StringIO()
        self.books.show("", 0)
        lines = self.books.output.getvalue().splitlines()[1:]
        return lines + ["state %s %s" % (locate.hex(), state.decode())
                        for locate, state in sorted(self.states.items())]


class CarbonPicture:
    """The newest of each thing that the channel tells of, without headers but of what keeps its time."""

    def __init__(self):
        self.events = []
        self.known = {}  # by type and what it is about: the fields

    def apply(self, _sequence, message):
        try:
            fields = wire_tables.decode(TYPES, message)
        except wire_tables.Malformed as malformed:
            raise Trouble(str(malformed)) from None
        kind = fields.pop("message type")
        time_ns = fields.pop("timestamp")
        if kind == "S":
            self.events.append((fields["event code"], time_ns))
            if fields["event code"] == "C":  # states end with the session
                self.known = {key: value for key, value in self.known.items() if key[0] != "s"}
        elif kind in "pi":
            self.known[kind, fields["project" if kind == "p" else "instrument"]] = fields
        elif kind in "cs":
            self.known[kind, fields["locate"]] = fields
        elif kind == "t":
            self.known[kind, fields["locate"]] = {**fields, "timestamp": time_ns}
        elif kind == "l":
            self.known["i", fields["instrument"]]["labels"] = fields["labels"]
        elif kind == "r":
            counter = self.known["c", fields["locate"]]
            counter.update({name: fields[name] for name in ("reference price", "band low", "band high")})
        else:
            raise Trouble("type %s is not of the carbon channel" % kind)

    def text(self):
        return [str(self.events)] + ["%s %s" % item for item in sorted(self.known.items())]


class Login:
    """Steps 2 and 3: what the snapshot server says, put together from its frames."""

    def __init__(self, server, user, password):
        self.socket = socket.create_connection(server)
        login = b"L" + user.ljust(6).encode() + password.ljust(10).encode() + b" " * 10 + b"1".rjust(20)
        self.socket.sendall(struct.pack(">H", len(login)) + login)
        self.bytes = b""
        self.session = None
        self.messages = []
        self.following = None  # number of the next message to apply, at the image's end

    def read(self):
        data = self.socket.recv(65536)
        if not data:
            raise Trouble("the snapshot ends without a G")
        self.bytes += data
        at = 0
        while len(self.bytes) >= at + 2 and self.following is None:
            end = at + 2 + int.from_bytes(self.bytes[at:at + 2], "big")
            if len(self.bytes) < end:
                break
            self.take(self.bytes[at + 2:at + 3], self.bytes[at + 3:end])
            at = end
        self.bytes = self.bytes[at:]

    def take(self, kind, payload):
        if kind == b"A":
            self.session = payload[:10].strip()
        elif kind == b"S" and payload[:1] == b"G":
            self.following = int(payload[1:21])
        elif kind == b"S":
            self.messages.append(payload)
        elif kind not in (b"H", b"+"):
            raise Trouble("the snapshot server says %s %s" % (kind.decode(), payload.decode()))


class Joiner:
    def __init__(self, arguments):
        what, line_a, line_b, rerequest, snapshots, user, password, every = arguments
        self.picture = BooksPicture() if what == "books" else CarbonPicture()
        self.every = int(every)
        self.lines = [join(*address(line), "127.0.0.1") for line in (line_a, line_b)]
        self.asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.asker.connect(address(rerequest))
        self.asker.setblocking(False)
        self.login = Login(address(snapshots), user, password)
        self.kept = {}     # messages that are not applied yet, by session and number
        self.known = {}    # number behind the last message that is known to exist, by session
        self.over = set()  # sessions
        self.next = None   # with the image
        self.asked_at = 0
        self.joined = False

    def run(self):
        stopped = []
        signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
        while not stopped and not (self.joined and self.login.session in self.over and not self.missing()):
            self.step()
        self.show("end")

    def step(self):
        if self.joined:
            time.sleep(REST_S)
        sources = [*self.lines, self.asker]
        if self.next is None:
            sources.append(self.login.socket)
        for ready in select.select(sources, [], [], 0.01)[0]:
            if ready is self.login.socket:
                self.login.read()
            else:
                self.drain(ready)
        if self.next is None and self.login.following is not None:
            for message in self.login.messages:
                self.picture.apply(0, message)
            self.next = self.login.following
            self.login.socket.close()
        if self.next is None:
            return
        self.apply()
        if self.missing():
            self.ask()
        elif not self.joined:
            self.joined = True
            self.show("joined", time.monotonic_ns(), 1)

    def drain(self, line):
        while True:
            try:
                packet = line.recv(65536)
            except (BlockingIOError, ConnectionRefusedError):
                return
            session, first, count = struct.unpack_from(">10sQH", packet)
            session = session.strip()
            if count == 0xFFFF:
                self.over.add(session)
                count = 0
            self.known[session] = max(self.known.get(session, 0), first + count)
            if self.next is not None and first + count <= self.next:
                continue
            at = 20
            for number in range(first, first + count):
                end = at + 2 + int.from_bytes(packet[at:at + 2], "big")
                self.kept[session, number] = packet[at + 2:end]
                at = end
            if at != len(packet):
                raise Trouble("a packet is cut, or has more than its messages")

    def apply(self):
        session = self.login.session
        self.kept = {key: message for key, message in self.kept.items() if key[1] >= self.next}
        while (session, self.next) in self.kept:
            self.picture.apply(self.next, self.kept.pop((session, self.next)))
            self.next += 1
            if self.joined and self.next % self.every == 0:
                self.show("at")

    def missing(self):
        return self.next < self.known.get(self.login.session, 0)

    def ask(self):
        now = time.monotonic()
        if now - self.asked_at > REPEAT_S:
            self.asked_at = now
            self.asker.send(struct.pack(">10sQH", self.login.session, self.next,
                                        min(self.known[self.login.session] - self.next, 0xFFFE)))

    def show(self, what, *more):
        print("#", what, self.next, *more)
        print("\n".join(self.picture.text()))


def main():
    try:
        Joiner(sys.argv[1:]).run()
    except Trouble as trouble:
        print("late_joiner: %s" % trouble, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
