"""A broker's FIX 4.4 session on a plain socket, which remembers everything that it was told, or hands it to a
recording. It shares nothing with the venue's code."""

import datetime
import socket
import time

SOH = b"\x01"
SESSION_TYPES = {"0", "1", "2", "3", "4", "5", "A"}


clock_shift_s = 0  # by which all brokers' clocks are off


def timestamp():
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=clock_shift_s)
    return now.strftime("%Y%m%d-%H:%M:%S.%f")[:-3]


class Message:
    """Tags and values in their order."""

    def __init__(self, raw):
        self.raw = raw
        self.fields = []
        for field in raw.split(SOH):
            if field:
                tag, _, value = field.partition(b"=")
                self.fields.append((int(tag), value.decode("utf-8")))
        self.first = {}
        for tag, value in self.fields:
            self.first.setdefault(tag, value)

    def __getitem__(self, tag):
        return self.first[tag]

    def get(self, tag, default=None):
        return self.first.get(tag, default)


class Broker:
    def __init__(self, comp_id, password, port, cancel_on_disconnect=True, target="CARBONX",
                 sends_again=False, recording=None, account=None):
        # sends_again: answers a resend request with the orders themselves (43=Y), not with a gap fill.
        self.sends_again = sends_again
        self.sent = {}  # by number, what would be sent again
        self.recording = recording
        self.comp_id, self.password, self.port, self.target = comp_id, password, port, target
        self.account = account or comp_id
        self.cancel_on_disconnect = cancel_on_disconnect
        self.next_out = 1
        self.next_in = 1
        self.resend_until = 0
        self.socket = None
        self.buffer = b""
        self.logged_on = False
        self.received = []  # application messages, in sequence, each once
        self.session_rejects = []
        self.seen = {}  # the bytes of each sequence number as first received, without what a resend changes
        self.altered = []  # resent messages that differ from what was sent before
        self.sent_at = self.received_at = time.monotonic()

    def connect(self):
        """False when nobody listens. The numbers continue; the first logon ever begins at 1."""
        self.close()
        connection = socket.socket()
        try:
            connection.connect(("127.0.0.1", self.port))
        except OSError:
            connection.close()
            return False
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = connection
        self.buffer = b""
        self.resend_until = 0
        self.received_at = time.monotonic()
        self.send("A", (98, 0), (108, 10), (553, self.comp_id), (554, self.password),
                  (5001, "Y" if self.cancel_on_disconnect else "N"))
        return True

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket = None
        self.logged_on = False

    def send(self, kind, *fields, sequence=None):
        """Numbers the message whether or not anybody hears it, as a session does."""
        if sequence is None:
            sequence = self.next_out
            self.next_out += 1
            if self.sends_again and kind not in SESSION_TYPES:
                self.sent[sequence] = (kind, fields, timestamp())
        body = "35=%s\x0134=%d\x0149=%s\x0152=%s\x0156=%s\x01" % (
            kind, sequence, self.comp_id, timestamp(), self.target)
        body += "".join("%d=%s\x01" % field for field in fields)
        raw = body.encode("utf-8")
        raw = b"8=FIX.4.4\x019=%d\x01" % len(raw) + raw
        raw += b"10=%03d\x01" % (sum(raw) % 256)
        if self.recording:
            self.recording.write(">", self.comp_id, raw)
        if self.socket:
            try:
                self.socket.setblocking(True)
                self.socket.sendall(raw)
                self.socket.setblocking(False)
            except OSError:
                self.close()
        self.sent_at = time.monotonic()

    def poll(self):
        """Reads what has come."""
        if not self.socket:
            return
        try:
            while True:
                data = self.socket.recv(1 << 16)
                if not data:
                    self.close()
                    return
                self.buffer += data
                self.received_at = time.monotonic()
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        finally:
            self.take_messages()
        if self.logged_on and time.monotonic() - self.sent_at > 5:
            self.send("0")

    def take_messages(self):
        while True:
            start = self.buffer.find(b"\x019=")
            if start < 0:
                return
            end = self.buffer.find(SOH, start + 3)
            if end < 0:
                return
            size = end + 1 + int(self.buffer[start + 3:end]) + 7
            if len(self.buffer) < size:
                return
            raw, self.buffer = self.buffer[:size], self.buffer[size:]
            assert raw.endswith(b"10=%03d\x01" % (sum(raw[:-7]) % 256)), raw
            if self.recording:
                self.recording.write("<", self.comp_id, raw)
            self.take(Message(raw))

    def take(self, message):
        kind, sequence = message[35], int(message[34])
        if kind == "4" and message.get(123) != "Y":
            self.next_in = int(message[36])
            return
        if kind == "A":
            self.logged_on = True
        if kind not in SESSION_TYPES:
            self.compare_resent(sequence, message)
        if sequence > self.next_in:
            if kind == "2":
                self.answer_resend(message)
            if self.resend_until < self.next_in:
                self.resend_until = sequence
                self.send("2", (7, self.next_in), (16, 0))
            return
        if sequence < self.next_in:
            if message.get(43) != "Y":
                raise AssertionError("the venue's number is too low, %d is next: %r" % (
                    self.next_in, message.raw))
            return
        self.next_in = int(message[36]) if kind == "4" else sequence + 1
        if kind == "1":
            self.send("0", (112, message[112]))
        elif kind == "2":
            self.answer_resend(message)
        elif kind == "3":
            self.session_rejects.append(message)
        elif kind == "5":
            self.close()
        elif kind not in SESSION_TYPES:
            self.received.append(message)

    def compare_resent(self, sequence, message):
        """A message that comes again must say the same, apart from the resend's own marks."""
        body = tuple(f for f in message.fields if f[0] not in (8, 9, 10, 43, 52, 97, 122))
        if self.seen.setdefault(sequence, body) != body:
            self.altered.append((self.seen[sequence], body))

    def answer_resend(self, message):
        """Other messages than orders are stale: a gap is left for them."""
        begin, end = int(message[7]), int(message[16])
        if end == 0 or end >= self.next_out:
            end = self.next_out - 1
        gap = begin
        for sequence in range(begin, end + 1):
            if sequence not in self.sent:
                continue
            self.fill_gap(gap, sequence)
            kind, fields, when = self.sent[sequence]
            self.send(kind, (43, "Y"), (122, when), *fields, sequence=sequence)
            gap = sequence + 1
        self.fill_gap(gap, end + 1)

    def fill_gap(self, begin, end):
        if begin < end:
            self.send("4", (43, "Y"), (122, timestamp()), (123, "Y"), (36, end), sequence=begin)
