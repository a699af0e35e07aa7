"""What is tried on the gateway, each by its name: see attack.py for how it is measured, and tests/README.md."""

import random
import time

from attack import Attack, Member, connect, is_closed, logon, message, order


def open_socket(port, address):
    """Or None: the venue's queue of connections is full, or we have been closed already."""
    try:
        return connect(port, address)
    except OSError:
        return None


class Connections(Attack):
    """2,000 connections: 1,000 sessions that are logged on and 1,000 that never log on, opened again as they are
    closed."""

    count_min = 1000

    def __init__(self, port):
        super().__init__(port)
        self.silent = []

    def begin(self):
        self.members = [Member(self.port, "C%d" % n, "127.0.1.%d" % (1 + n % 8)) for n in range(1000)]
        for member in self.members:
            member.ask()
        for member in self.members:
            self.wait_for(member)
        self.fill()

    def wait_for(self, member):
        """It may have been too late for the gateway, or too early: the gateway had its last connection still."""
        for _ in range(10):
            if member.is_let_in():
                return
            member.drop()
            member.ask()
        raise AssertionError("%s, of 1,000, cannot log on" % member.comp_id)

    def fill(self):
        for n in range(1000 - len(self.silent)):
            connection = open_socket(self.port, "127.0.2.%d" % (1 + n % 8))
            if connection:
                self.silent.append(connection)
                self.count += 1

    def step(self):
        for connection in [c for c in self.silent if is_closed(c)]:
            connection.close()
            self.silent.remove(connection)
        self.fill()
        return 0.05

    def end(self):
        assert all(not is_closed(m.socket) for m in self.members), "a session was thrown out"
        for connection in self.silent + [m.socket for m in self.members]:
            connection.close()
        self.silent = []


class Descriptors(Attack):
    """More connections than the gateway has descriptors for: see the test, which takes them away."""

    count_min = 40

    def begin(self):
        self.held = []
        while len(self.held) < 100:
            self.step()

    def step(self):
        if len(self.held) < 200:
            connection = open_socket(self.port, "127.0.0.2")
            if connection:
                self.held.append(connection)
                self.count += 1
        for connection in [c for c in self.held if is_closed(c)]:
            connection.close()
            self.held.remove(connection)
        return 0.005

    def end(self):
        for connection in self.held:
            connection.close()


class OneByte(Attack):
    """A hundred connections that send a Logon one byte at a time, and a session that sends its heartbeats so."""

    count_min = 1000

    def begin(self):
        self.member = Member(self.port, "BROKER2")
        self.member.log_on()
        self.heartbeat = b""
        self.slow = []

    def step(self):
        while len(self.slow) < 100:
            self.slow.append([open_socket(self.port, "127.0.0.2"), logon("BROKER3", "x" * 200), 0])
        for one in self.slow:
            connection, text, at = one
            try:
                connection.send(text[at:at + 1])
                one[2] += 1
                self.count += 1
            except (OSError, AttributeError):
                one[2] = len(text)
        self.slow = [one for one in self.slow if one[2] < len(one[1])]
        if not self.member.is_on():
            self.member.log_on()
        if not self.heartbeat:
            self.heartbeat = message("0", self.member.next(), "BROKER2", "112=x")
        if self.member.is_on():
            self.member.send(self.heartbeat[:1])
            self.heartbeat = self.heartbeat[1:]
        return 0.01

    def end(self):
        for connection, _, _ in self.slow:
            if connection:
                connection.close()
        self.member.drop()


class HugeLength(Attack):
    """9=2000000000, before the Logon and from a session."""

    count_min = 30

    text = b"8=FIX.4.4\x019=2000000000\x0135=A\x01" + b"49=BROKER2\x01" * 400

    def begin(self):
        self.member = Member(self.port, "BROKER2")

    def step(self):
        connection = open_socket(self.port, "127.0.0.2")
        if connection:
            connection.sendall(self.text)
            self.count += 1
            connection.close()
        if not self.member.is_on():
            self.member.log_on()
        else:
            self.member.send(self.text)
            self.member.read()
        return 0.005

    def end(self):
        self.member.drop()


class SlowReader(Attack):
    """Asks for everything that it was ever told, again and again, and reads nothing of it."""

    count_min = 200

    def begin(self):
        self.member = Member(self.port, "BROKER2", receive_buffer=4096)

    def step(self):
        member = self.member
        if member.is_on() and member.number >= 400:
            member.drop()  # begins anew
        if not member.is_on():
            member.log_on()
            return 0
        for _ in range(10):
            if member.is_on():
                member.send(message("x", member.next(), "BROKER2", "320=list%d|559=4" % member.number))
        if member.is_on():
            member.send(message("2", member.next(), "BROKER2", "7=1|16=0"))
        self.count += 11
        return 0.02

    def end(self):
        self.member.drop()


class Flood(Attack):
    """One session sends nearly twice as many orders as it may, so that half of them are refused, and stays; another
    one sends as much as goes, is thrown out for it, and comes back."""

    count_min = 3000

    def begin(self):
        self.steady = Member(self.port, "BROKER2")
        self.wild = Member(self.port, "BROKER3")
        self.steps = 0

    def burst(self, member, orders):
        if not member.is_on():
            member.log_on()
        if not member.is_on():
            return
        client_id = "%x-" % time.monotonic_ns()
        member.send(b"".join(order(member.next(), member.comp_id, client_id + str(n))
                             for n in range(orders)))
        self.count += orders

    def step(self):
        self.burst(self.steady, 90)  # 1,800 a second
        self.steps += 1
        if self.steps % 10 == 1:
            self.burst(self.wild, 2500)
        self.steady.read()
        self.wild.read()
        return 0.05

    def end(self):
        self.steady.drop()
        self.wild.drop()


class Garbage(Attack):
    """Bytes that are no FIX between messages of a session, and instead of a Logon: noise, and what nearly is FIX."""

    count_min = 60

    def begin(self):
        chance = random.Random(4)
        self.pieces = [bytes(chance.randrange(256) for _ in range(4000)),
                       b"8=FIX" * 800,
                       b"8=FIX.4.4\x019=10\x01" * 200,
                       b"8=FIX.4.4\x019=0000000005\x0135=0\x0110=xxx\x01" * 100]
        self.member = Member(self.port, "BROKER2")

    def step(self):
        if not self.member.is_on():
            self.member.log_on()
        for piece in self.pieces:
            if not self.member.is_on():
                break
            # A message in whole follows, so that what looks like the beginning of one ends.
            self.member.send(piece + b"\x01" * 64)
            self.member.send(message("0", self.member.next(), "BROKER2", "112=x"))
            self.count += 1
        self.member.read()
        connection = open_socket(self.port, "127.0.0.2")
        if connection:
            connection.sendall(self.pieces[self.count % 4])
            connection.close()
        return 0.005

    def end(self):
        self.member.drop()


class SecondLogon(Attack):
    """Logs on as the good broker, who is logged on, with the right password; and twice as another."""

    count_min = 20

    def begin(self):
        self.member = Member(self.port, "BROKER2")

    def step(self):
        connection = open_socket(self.port, "127.0.0.1")
        if connection:
            connection.sendall(logon("BROKER1", "secret"))
            try:
                assert connection.recv(4096) == b"", "a second logon was answered"
            except OSError:
                pass
            connection.close()
        self.count += 1
        if not self.member.is_on():
            self.member.log_on()
        if self.member.is_on():
            self.member.send(message("A", self.member.next(), "BROKER2", "98=0|108=30|554=secret"))
            self.member.read()
        return 0.005

    def end(self):
        self.member.drop()


class Checksums(Attack):
    """Orders whose checksum is wrong: they are ignored, so their numbers are used again and again."""

    count_min = 1500

    def begin(self):
        self.member = Member(self.port, "BROKER2")
        text = order(2, "BROKER2", "wrong")
        self.wrong = text[:-4] + (b"%03d\x01" % ((int(text[-4:-1]) + 1) % 256))

    def step(self):
        if not self.member.is_on():
            self.member.log_on()
        if self.member.is_on():
            self.member.send(self.wrong * 50)
            self.count += 50
            self.member.read()
        return 0.01

    def end(self):
        self.member.drop()


class Nuls(Attack):
    """NULs instead of a Logon, between messages, and in the values of an order."""

    count_min = 100

    def begin(self):
        self.member = Member(self.port, "BROKER2")

    def step(self):
        connection = open_socket(self.port, "127.0.0.2")
        if connection:
            connection.sendall(b"\0" * 8192)
            connection.close()
        if not self.member.is_on():
            self.member.log_on()
        for client_id, more in (("a\0b", ""), ("%x" % time.monotonic_ns(), "|58=\0\0"), ("", "")):
            if self.member.is_on():
                self.member.send(order(self.member.next(), "BROKER2", client_id, more) + b"\0" * 100)
                self.count += 1
        self.member.read()
        return 0.01

    def end(self):
        self.member.drop()


class Groups(Attack):
    """A hundred kilobytes of repeating groups in one message, and messages of eight, the most that is read."""

    count_min = 20

    def begin(self):
        self.member = Member(self.port, "BROKER2")
        self.wide = Member(self.port, "BROKER3")

    def groups(self, member, count):
        return order(member.next(), member.comp_id, "g",
                     "|453=%d" % count + "|448=x|447=D|452=1" * count)

    def step(self):
        for member in (self.member, self.wide):
            if not member.is_on():
                member.log_on()
        if self.member.is_on():
            self.member.send(self.groups(self.member, 440))
        if self.wide.is_on():
            self.wide.send(self.groups(self.wide, 5500))
        self.count += 2
        self.member.read()
        self.wide.read()
        return 0.01

    def end(self):
        self.member.drop()
        self.wide.drop()


class LogonStorm(Attack):
    """Logons of wrong passwords, of sessions that are and that are not, from eight addresses, each of which costs the
    gateway the check of a password; more of them at any moment than it checks in a second."""

    count_min = 80

    def begin(self):
        self.waiting = []

    def step(self):
        for connection in [c for c in self.waiting if is_closed(c)]:
            connection.close()
            self.waiting.remove(connection)
        for _ in range(20):
            if len(self.waiting) >= 400:
                break
            connection = open_socket(self.port, "127.0.3.%d" % (1 + self.count % 8))
            if connection:
                name = ("BROKER3", "NOBODY")[self.count % 2]
                connection.sendall(logon(name, "guess%d" % self.count))
                self.waiting.append(connection)
                self.count += 1
        return 0.02

    def end(self):
        for connection in self.waiting:
            connection.close()
