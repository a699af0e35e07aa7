#!/usr/bin/env python3
"""Rebuilds the books from the public feed, from marketdata/README.md alone: no code of the venue's. Messages are
decoded by its tables, as they stand there (wire_tables.py).

  feed_decoder.py --pcap FILE                               a capture (pcap or pcapng) of the lines
  feed_decoder.py --live SECONDS [--rerequest ADDR:PORT]    the lines themselves; ends with the session
      [--late]         fail unless it was too late for the first message, so that it had to be asked for
      [--record FILE]  keep what was heard on the lines as a capture

It prints the books at each system event (S) and at each change of the whole market's state (H), and at
the end the books and the totals of the day's trades:

  # S M sequence 812
  V415024H B 10.0500 300 1234       symbol side price quantity reference

Exit status 1: something was malformed, contradicted the books, or is missing. The line on standard error
says what.
"""
import argparse
import select
import socket
import struct
import sys
import time

import wire_tables

TYPES = wire_tables.read_tables()


class Trouble(Exception):
    pass


def integer(data, offset, length):
    return int.from_bytes(data[offset:offset + length], "big")


def alpha(data, offset, length):
    return data[offset:offset + length].decode("ascii").rstrip(" ")


class Books:
    """One session's books. An order is [locate, side, price, quantity]; its place is in `queues`."""

    def __init__(self, output):
        self.output = output
        self.symbols = {}  # locate: symbol
        self.orders = {}   # reference: order
        self.queues = {}   # (locate, side, price): references in order of priority
        self.trades = {}   # symbol: [count, quantity, notional]
        self.market_state = None

    def add(self, reference, locate, side, price, quantity):
        if reference in self.orders or locate not in self.symbols:
            raise Trouble("an order is added twice, or to a counter that is not in the directory")
        self.orders[reference] = [locate, side, price, quantity]
        self.queues.setdefault((locate, side, price), {})[reference] = True

    def remove(self, reference):
        locate, side, price, _ = self.orders.pop(reference)
        queue = self.queues[locate, side, price]
        del queue[reference]
        if not queue:
            del self.queues[locate, side, price]

    def order(self, reference):
        if reference not in self.orders:
            raise Trouble(f"order {reference} is not in the book")
        return self.orders[reference]

    def reduce(self, reference, quantity):
        order = self.order(reference)
        order[3] -= quantity
        if order[3] < 0:
            raise Trouble(f"more is taken from order {reference} than it has")
        if order[3] == 0:
            self.remove(reference)
        return order

    def apply(self, sequence, data):
        try:
            message = wire_tables.decode(TYPES, data)
        except wire_tables.Malformed as malformed:
            raise Trouble(f"message {sequence}: {malformed}") from None
        kind, locate = message["message type"], message["locate"]
        if kind == "S":
            self.show(f"S {message['event code']}", sequence)
        elif kind == "R":
            self.symbols[locate] = message["symbol"]
        elif kind == "H":
            if message["reason"] == "MKT" and message["state"] != self.market_state:
                self.market_state = message["state"]
                self.show(f"H {self.market_state}", sequence)
        elif kind == "A":
            if message["symbol"] != self.symbols.get(locate):
                raise Trouble(f"message {sequence}: symbol and locate disagree")
            self.add(message["reference"], locate, message["side"], message["price"], message["quantity"])
        elif kind == "E":
            quantity = message["quantity that traded"]
            _, _, price, _ = self.reduce(message["reference"], quantity)
            totals = self.trades.setdefault(self.symbols[locate], [0, 0, 0])
            totals[0] += 1
            totals[1] += quantity
            totals[2] += quantity * price
        elif kind == "X":
            self.reduce(message["reference"], message["quantity taken away"])
        elif kind == "D":
            self.order(message["reference"])
            self.remove(message["reference"])
        elif kind == "U":
            old_locate, side, _, _ = self.order(message["old reference"])
            self.remove(message["old reference"])
            self.add(message["new reference"], old_locate, side, message["price"], message["quantity"])
        else:
            raise Trouble(f"message {sequence} is of type {kind}, which is not of the books")

    def show(self, what, sequence):
        print(f"# {what} sequence {sequence}", file=self.output)
        rank = {"B": 0, "S": 1}
        places = sorted(self.queues, key=lambda place: (
            self.symbols[place[0]], rank[place[1]], -place[2] if place[1] == "B" else place[2]))
        for locate, side, price in places:
            for reference in self.queues[locate, side, price]:
                quantity = self.orders[reference][3]
                print(f"{self.symbols[locate]} {side} {price // 10000}.{price % 10000:04d} "
                      f"{quantity} {reference}", file=self.output)

    def show_trades(self):
        for symbol in sorted(self.trades):
            count, quantity, notional = self.trades[symbol]
            print(f"# trades {symbol} {count} quantity {quantity} notional "
                  f"{notional // 10000}.{notional % 10000:04d}", file=self.output)


class Stream:
    """Packets in any order, repeated or missing, to one sequence of messages."""

    def __init__(self, output):
        self.output = output
        self.session = ""
        self.books = Books(output)
        self.next = 1
        self.known = 1     # messages below it are known to exist
        self.early = {}    # sequence: message
        self.hashes = []   # of the messages before `next`, to see that a repeat is the same
        self.over = False
        self.first = None  # number of the first packet that was heard
        self.packets = 0

    def take(self, packet):
        if len(packet) < 20:
            raise Trouble("a packet is shorter than its header")
        session = alpha(packet, 0, 10)
        first = integer(packet, 10, 8)
        count = integer(packet, 18, 2)
        self.packets += 1
        if self.first is None:
            self.first = first
        if session < self.session:
            return
        if session > self.session:
            if self.session and self.missing():
                raise Trouble(f"session {self.session} ended with messages missing")
            if self.session:
                self.finish()
            self.session, self.books = session, Books(self.output)
            self.next = self.known = 1
            self.early, self.hashes, self.over = {}, [], False
            print(f"# session {session}", file=self.output)
        if count == 0xFFFF:
            self.over, count = True, 0
        at = 20
        for sequence in range(first, first + count):
            length = integer(packet, at, 2)
            message = packet[at + 2:at + 2 + length]
            if len(message) != length or length == 0:
                raise Trouble(f"message {sequence} is cut off")
            at += 2 + length
            if sequence < self.next:
                same = self.hashes[sequence - 1] == hash(message)
            else:
                same = self.early.setdefault(sequence, message) == message
            if not same:
                raise Trouble(f"message {sequence} came twice with different bytes")
        if at != len(packet):
            raise Trouble(f"the packet from {first} on has bytes behind its messages")
        self.known = max(self.known, first + count)
        while self.next in self.early:
            message = self.early.pop(self.next)
            self.hashes.append(hash(message))
            self.books.apply(self.next, message)
            self.next += 1

    def missing(self):
        return self.next < self.known

    def request(self):
        end = min(self.early) if self.early else self.known
        return struct.pack(">10sQH", self.session.ljust(10).encode(), self.next,
                           min(end - self.next, 0xFFFE))

    def finish(self):
        self.books.show("end", self.next)
        self.books.show_trades()


def udp_payload(link, frame):
    """The payload of a UDP datagram to a multicast group, and its port; None for anything else."""
    ethernet = 14
    start = {0: 4, 1: ethernet, 12: 0, 101: 0, 108: 4, 113: 16, 276: 20}.get(link)
    if start is None:
        raise Trouble(f"captures of link type {link} are not understood")
    ip = frame[start:]
    if len(ip) < 20 or ip[0] >> 4 != 4 or ip[9] != 17 or not 224 <= ip[16] < 240:
        return None
    udp = ip[(ip[0] & 15) * 4:]
    return integer(udp, 2, 2), udp[8:integer(udp, 4, 2)]


def read_pcap(data, order):
    link = struct.unpack(order + "I", data[20:24])[0] & 0xFFFF
    at = 24
    while at + 16 <= len(data):
        size = struct.unpack(order + "I", data[at + 8:at + 12])[0]
        yield link, data[at + 16:at + 16 + size]
        at += 16 + size


def read_pcapng(data):
    order, links, at = "<", [], 0
    while at + 12 <= len(data):
        if data[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            links = []
        kind, size = struct.unpack(order + "II", data[at:at + 8])
        if kind == 1:
            links.append(struct.unpack(order + "H", data[at + 8:at + 10])[0])
        elif kind == 6:
            interface, _, _, captured = struct.unpack(order + "IIII", data[at + 8:at + 24])
            yield links[interface], data[at + 28:at + 28 + captured]
        at += size


def frames(data):
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        return read_pcapng(data)
    if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"):
        return read_pcap(data, "<")
    if data[:4] in (b"\xa1\xb2\xc3\xd4", b"\xa1\xb2\x3c\x4d"):
        return read_pcap(data, ">")
    raise Trouble("this is not a capture file")


def decode_capture(path, ports):
    stream = Stream(sys.stdout)
    with open(path, "rb") as file:
        data = file.read()
    for link, frame in frames(data):
        found = udp_payload(link, frame)
        if found and found[0] in ports:
            stream.take(found[1])
    return stream


class Recording:
    """A pcap file of raw IP packets, made up around the payloads that were heard."""

    def __init__(self, path):
        self.file = open(path, "wb")
        self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))

    def add(self, group, port, payload):
        now = time.time()
        size = 28 + len(payload)
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, size, 0, 0, 1, 17, 0,
                         socket.inet_aton("127.0.0.1"), socket.inet_aton(group))
        total = sum(struct.unpack(">10H", ip))
        total = (total & 0xFFFF) + (total >> 16)
        total = (total & 0xFFFF) + (total >> 16)
        ip = ip[:10] + struct.pack(">H", 0xFFFF - total) + ip[12:]
        udp = struct.pack(">HHHH", port, port, 8 + len(payload), 0)
        self.file.write(struct.pack("<IIII", int(now), int(now % 1 * 1e6), size, size))
        self.file.write(ip + udp + payload)


def join(group, port, interface):
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    line.bind((group, port))
    line.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                    socket.inet_aton(group) + socket.inet_aton(interface))
    line.setblocking(False)
    return line


def decode_live(arguments):
    lines = {join(*address, arguments.interface): address for address in arguments.line}
    asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asker.setblocking(False)
    recording = Recording(arguments.record) if arguments.record else None
    stream = Stream(sys.stdout)
    asked, asked_at = 0, 0.0
    end = time.monotonic() + arguments.live
    while time.monotonic() < end and not (stream.over and not stream.missing()):
        for ready in select.select([*lines, asker], [], [], 0.01)[0]:
            for _ in range(64):
                try:
                    packet = ready.recv(65536)
                except BlockingIOError:
                    break
                if recording and ready in lines:
                    recording.add(*lines[ready], packet)
                stream.take(packet)
        if stream.missing() and arguments.rerequest:
            now = time.monotonic()
            if asked != stream.next or now - asked_at > 0.05:
                asker.sendto(stream.request(), arguments.rerequest)
                asked, asked_at = stream.next, now
    if arguments.late and stream.first == 1:
        raise Trouble("it was not late: the first packet that it heard held message 1")
    return stream


def address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--pcap", metavar="FILE")
    source.add_argument("--live", metavar="SECONDS", type=float)
    parser.add_argument("--line", metavar="ADDR:PORT", type=address, action="append",
                        help="multicast group; twice for A and B")
    parser.add_argument("--interface", metavar="ADDR", default="127.0.0.1")
    parser.add_argument("--rerequest", metavar="ADDR:PORT", type=address)
    parser.add_argument("--late", action="store_true")
    parser.add_argument("--record", metavar="FILE")
    arguments = parser.parse_args()
    if not arguments.line:
        arguments.line = [("239.192.1.1", 26400), ("239.192.1.2", 26400)]
    try:
        if arguments.pcap:
            stream = decode_capture(arguments.pcap, {port for _, port in arguments.line})
        else:
            stream = decode_live(arguments)
        if not stream.session:
            raise Trouble("nothing was heard")
        if stream.missing():
            raise Trouble(f"messages {stream.next} to {stream.known - 1} are missing in part")
        stream.finish()
    except Trouble as trouble:
        print(f"feed_decoder: {trouble}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
