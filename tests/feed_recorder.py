"""Keeps every message of the multicast, from both lines, and checks what must hold for any receiver: a
sequence number never has two contents, and none is left out. With a recording, each packet goes there."""

import collections
import socket
import struct
import threading
import time

# Where a stream is: its groups, their port, and its servers' ports on this machine. A venue (venue_process.py) is
# its first channel.
Stream = collections.namedtuple("Stream", "group_a group_b feed_port rerequest_port snapshot_port")
SO_RXQ_OVFL = 40  # Linux: with a packet comes how many the socket had no room for before it
END_OF_SESSION = 0xFFFF


class FeedRecorder:
    def __init__(self, venue, recording=None):
        self.recording = recording
        self.messages = {}  # by sequence number
        self.heard = set()  # line and number, to count what a restart sent again
        self.packets = 0
        self.repeats = 0
        self.problems = []
        self.sessions = set()
        self.last = None  # session, next number and time of the newest packet
        self.dropped = [0, 0]  # packets that came, by line, and that this program was too slow for
        self.asked = 0         # re-requests
        self.next = {}         # number behind the newest packet, by line and session
        self.backwards = collections.Counter()  # packets before it, by line
        self.venue = venue
        self.stopping = False
        self.sockets = [self.join(group) for group in (venue.group_a, venue.group_b)]
        self.threads = [threading.Thread(target=self.read, args=(s,)) for s in self.sockets]
        for thread in self.threads:
            thread.start()

    def join(self, group):
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 23)
        receiver.setsockopt(socket.SOL_SOCKET, SO_RXQ_OVFL, 1)
        receiver.bind((group, self.venue.feed_port))
        receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                            socket.inet_aton(group) + socket.inet_aton("127.0.0.1"))
        receiver.settimeout(0.2)
        return receiver

    def read(self, receiver):
        while not self.stopping:
            try:
                packet, notes, _, _ = receiver.recvmsg(65536, socket.CMSG_SPACE(4))
            except socket.timeout:
                continue
            for level, kind, note in notes:
                if (level, kind) == (socket.SOL_SOCKET, SO_RXQ_OVFL):
                    self.dropped[self.sockets.index(receiver)], = struct.unpack("I", note)
            self.take(packet, receiver)
        receiver.close()

    def take(self, packet, line=None):
        if self.recording:
            mark = "AB"[self.sockets.index(line)] if line else "R"
            self.recording.write(mark, packet.hex())
        session, sequence, count = struct.unpack_from(">10sQH", packet)
        self.packets += 1
        self.sessions.add(session)
        self.last = (session, sequence, count, time.monotonic())
        if count == END_OF_SESSION:
            count = 0
        if sequence < self.next.get((line, session), 0):
            self.backwards[line] += 1
        self.next[line, session] = sequence + count
        offset = 20
        for number in range(sequence, sequence + count):
            size, = struct.unpack_from(">H", packet, offset)
            message = packet[offset + 2:offset + 2 + size]
            if len(message) != size:
                self.problems.append("message %d is cut" % number)
            offset += 2 + size
            known = self.messages.setdefault((session, number), message)
            if (line, session, number) in self.heard:
                self.repeats += 1
            self.heard.add((line, session, number))
            if known != message:
                self.problems.append("message %d came as %s and as %s" % (
                    number, known.hex(), message.hex()))
        if offset != len(packet):
            self.problems.append("%d bytes behind message %d" % (
                len(packet) - offset, sequence + count - 1))

    def is_over(self):
        """The newest packet said so."""
        return self.last is not None and self.last[2] == END_OF_SESSION

    def close(self):
        self.stopping = True
        for thread in self.threads:
            thread.join()

    def stream(self):
        """All messages in sequence; what both lines lost is asked for again. Names every gap."""
        whole = []
        for session in sorted(self.sessions):
            numbers = sorted(n for s, n in self.messages if s == session)
            if not numbers:
                continue
            missing = set(range(1, numbers[-1] + 1)) - set(numbers)
            for number in sorted(missing):
                if (session, number) not in self.messages:
                    self.rerequest(session, number, numbers[-1])
            for number in range(1, numbers[-1] + 1):
                if (session, number) not in self.messages:
                    self.problems.append("message %d never came" % number)
                else:
                    whole.append(self.messages[session, number])
        return whole

    def rerequest(self, session, number, last):
        self.asked += 1
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.settimeout(1)
            count = min(last - number + 1, 60000)
            asker.sendto(struct.pack(">10sQH", session, number, count),
                         ("127.0.0.1", self.venue.rerequest_port))
            try:
                self.take(asker.recv(65536))
            except socket.timeout:
                self.problems.append("no answer to a re-request of %d" % number)
