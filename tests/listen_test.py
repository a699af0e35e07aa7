"""carbonx-listen as its readers have it: the ladder in a terminal, keys and sizes, every way out; JSON and recordings.
What it hears is played from a capture of two days by chance, to groups of this test's own.

usage: listen_test.py BINARIES FEED_SAMPLE"""

import json
import os
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

from terminal_screen import Terminal
from venue_process import free_port

INTERFACE = socket.inet_aton("127.0.0.1")


class Capture:
    """The packets of line A, and the messages in them."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        self.packets = []
        self.messages = {}  # by session, in order
        for group, payload in packets_of(data):
            if group == "239.192.1.1":
                self.packets.append(payload)
                self.read(payload)

    def read(self, payload):
        session, sequence, count = struct.unpack_from(">10sQH", payload)
        messages = self.messages.setdefault(session.decode(), [])
        offset = 20
        for _ in range(0 if count == 0xFFFF else count):
            size, = struct.unpack_from(">H", payload, offset)
            messages.append(payload[offset + 2:offset + 2 + size])
            offset += 2 + size

    def day(self, number):
        session = sorted(self.messages)[number].encode()
        return [packet for packet in self.packets if packet.startswith(session)]


def packets_of(data):
    """[(destination, payload)] of a pcap file."""
    assert data[:4] == b"\x4d\x3c\xb2\xa1", "no pcap with nanoseconds"
    offset, found = 24, []
    while offset < len(data):
        seconds, nanoseconds, kept, size = struct.unpack_from("<IIII", data, offset)
        packet = data[offset + 16:offset + 16 + kept]
        assert kept == size == len(packet) and nanoseconds < 10**9, (kept, size, len(packet), seconds)
        found.append((socket.inet_ntoa(packet[16:20]), packet[28:]))
        offset += 16 + kept
    return found


class Player:
    """Sends packets to both lines; while it rests, heartbeats."""

    def __init__(self):
        beginning = "239.193.%d." % (os.getpid() % 256)
        self.lines = [(beginning + last, free_port(socket.SOCK_DGRAM)) for last in ("1", "2")]
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, INTERFACE)
        self.heartbeat = None
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.beat)
        self.thread.start()

    def arguments(self):
        return ["--lines", *("%s:%d" % line for line in self.lines)]

    def send(self, packet):
        for line in self.lines:
            self.socket.sendto(packet, line)

    def fall_silent(self):
        with self.lock:
            self.heartbeat = None

    def begin(self, packets):
        """Nothing but heartbeats, before these."""
        with self.lock:
            self.heartbeat = packets[0][:18] + b"\0\0"

    def play(self, packets):
        for packet in packets:
            with self.lock:
                self.send(packet)
                session, sequence, count = struct.unpack_from(">10sQH", packet)
                self.heartbeat = packet if count == 0xFFFF else struct.pack(">10sQH", session, sequence + count, 0)
            time.sleep(0.0005)

    def beat(self):
        while not self.stopping.wait(0.1):
            with self.lock:
                if self.heartbeat:
                    self.send(self.heartbeat)

    def close(self):
        self.stopping.set()
        self.thread.join()
        self.socket.close()


def chosen(terminal):
    return terminal.line(r"^>")[1:9].strip()


def see_ladder(binary, player, day):
    half = len(day) // 2
    with Terminal([binary, *player.arguments()]) as terminal:
        terminal.wait("not joined yet")
        player.begin(day)
        terminal.wait(r"CarbonX 2026112301 .*whole")
        player.play(day[:half])
        terminal.wait(r"(?m)^>V415024.*(trading|halted) .*spread .*ords quantity +bid \| ask.*\d{2}:\d{2}:\d{2} V415024")
        for line in terminal.text().split("\n"):
            assert len(line) <= 80

        first = chosen(terminal)
        other = "V415024C" if first == "V415024H" else "V415024H"
        terminal.press("j")
        terminal.wait("(?m)^>" + other)
        terminal.press("k")
        terminal.wait("(?m)^>" + first)
        terminal.press("\x1bOB")  # down
        terminal.wait("(?m)^>" + other)
        terminal.press("/" + first[-2:].lower())
        terminal.wait("(?m)^/" + first[-2:].lower())
        terminal.press("\r")
        terminal.wait("(?m)^>" + first)
        terminal.press("/NONE\r")
        terminal.wait("(?m)^NONE is not listed")
        terminal.press("?")
        terminal.wait("freeze what is shown")
        terminal.press("?\t")
        terminal.wait(r"\[book\].*%s.*spread.*ords quantity" % first)
        terminal.press("\t")
        terminal.wait(r"\[feed\].*line A +line B.*heard +\d+ ms ago +\d+ ms ago.*contradictions +0")

        # Frozen, it shows what was; then what is.
        next_message = terminal.line("next message")
        terminal.press(" ")
        terminal.wait("FROZEN")
        player.play(day[half:-1])
        terminal.rest_for(0.5)
        assert terminal.line("next message") == next_message, terminal.text()
        terminal.press(" ")
        terminal.wait("next message +(?!%s)" % next_message.split()[-1])

        terminal.press("\t")
        terminal.wait(r"\[market\]")
        terminal.resize(50, 120)
        terminal.wait(r"\[market\]([^\n]*\n){49}j k choose")
        terminal.resize(20, 60)
        terminal.wait("60x20: at least 80x24, please")
        terminal.resize(24, 80)
        terminal.wait(r"\[market\]([^\n]*\n){23}j k choose")
        terminal.press("q")
        assert terminal.end() == 0
        assert terminal.is_as_before()
        assert re.search(rb"listen: session=2026112301 .* gaps=0 .*contradictions=0\r\n$", terminal.output)


def leave(binary, player):
    """Every way out puts the terminal back, on one with colours and a second screen."""
    for number, status in ((signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGHUP, 0), (signal.SIGQUIT, 0),
                           (signal.SIGABRT, -signal.SIGABRT), (signal.SIGSEGV, -signal.SIGSEGV)):
        with Terminal([binary, *player.arguments()], kind="xterm-256color") as terminal:
            deadline = time.monotonic() + 10
            while b"CarbonX" not in terminal.output:
                assert time.monotonic() < deadline, terminal.output
                terminal.read(0.05)
            assert b"\x1b[?1049h" in terminal.output and not terminal.is_as_before()
            terminal.process.send_signal(number)
            ended = terminal.end()
            assert ended == status, (number, ended)
            assert terminal.is_as_before(), number
            assert terminal.output.rfind(b"\x1b[?1049l") > terminal.output.rfind(b"\x1b[?1049h"), number


def refuse(binary, player):
    done = subprocess.run([binary, *player.arguments()], capture_output=True, text=True, timeout=10,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == 1 and "this is no terminal: use --once" in done.stderr, done
    assert "--json" in done.stderr and done.stdout == "", done
    for kind, complaint in (("dumb", b"TERM=dumb cannot be drawn on"), ("nonsense", b"TERM=nonsense cannot be drawn on")):
        with Terminal([binary, *player.arguments()], kind=kind) as terminal:
            assert terminal.end() == 1 and terminal.is_as_before()
            assert complaint in terminal.output, terminal.output
    for arguments, complaint in (
            (["--json", "everything"], "expected messages, tops"),
            (["--channel", "7"], "the settings have no such channel; there are 1"),
            (["--record", "day.txt"], "expected one FILE.itch"),
            (["--lines", "239.1.1.1", "239.1.1.2"], "expected an address and a port"),
            (["--user", "DEMO", "--password", "x", "--record", "day.itch"], "leave out --user")):
        done = subprocess.run([binary, "--seconds", "0.1", *([] if "--json" in arguments else ["--messages"]), *arguments],
                              capture_output=True, text=True, timeout=10)
        assert done.returncode == 1 and complaint in done.stderr, (arguments, done)


class Listener:
    """carbonx-listen with its output in a file."""

    def __init__(self, binary, player, directory, *arguments):
        self.output = os.path.join(directory, "output")
        with open(self.output, "wb") as file:
            self.process = subprocess.Popen([binary, *player.arguments(), *arguments], stdout=file,
                                            stderr=subprocess.PIPE)

    def lines(self):
        with open(self.output, encoding="ascii") as file:
            return file.read().splitlines()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        _, complaint = self.process.communicate(timeout=20)
        return self.process.returncode, complaint.decode()


def wait(done, complaint):
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.05)


def play_all(player, capture, begun):
    player.begin(capture.packets)
    wait(begun, "nothing is heard")
    for number in range(2):
        player.play(capture.day(number))
        time.sleep(0.3)  # the end of a session comes again, as heartbeats do


def binary_file(path):
    """(messages, whether it has its end)"""
    with open(path, "rb") as file:
        data = file.read()
    messages, offset = [], 0
    while offset < len(data):
        size, = struct.unpack_from(">H", data, offset)
        offset += 2
        if size == 0:
            assert offset == len(data)
            return messages, True
        messages.append(data[offset:offset + size])
        assert len(messages[-1]) == size
        offset += size
    return messages, False


def record(binary, player, capture):
    player.fall_silent()
    with tempfile.TemporaryDirectory() as directory:
        itch, pcap = os.path.join(directory, "day.itch"), os.path.join(directory, "day.pcap")
        listener = Listener(binary, player, directory, "--json", "messages", "--record", itch, "--record", pcap)
        wait(lambda: os.path.exists(pcap), "no recording begins")
        play_all(player, capture, lambda: os.path.getsize(pcap) > 24)
        status, complaint = listener.end()
        assert status == 0 and "contradictions=0" in complaint, (status, complaint)
        first, second = sorted(capture.messages)
        assert binary_file(itch) == (capture.messages[first], True)
        assert binary_file(os.path.join(directory, "day-%s.itch" % second)) == (capture.messages[second], True)

        # Every packet as it was heard, on each line; heartbeats and ends came more than once.
        with open(pcap, "rb") as file:
            heard = packets_of(file.read())
        for group, _ in player.lines:
            payloads = [payload for to, payload in heard if to == group]
            count = [struct.unpack_from(">H", payload, 18)[0] for payload in payloads]
            assert [p for p, n in zip(payloads, count) if 0 < n < 0xFFFF] == \
                [p for p in capture.packets if 0 < struct.unpack_from(">H", p, 18)[0] < 0xFFFF]

        objects = [json.loads(line) for line in listener.lines()]
        assert [(o["session"], o["sequence"]) for o in objects] == [
            (session, number) for session in (first, second)
            for number in range(1, len(capture.messages[session]) + 1)]
        assert [o["type"] for o in objects] == [
            chr(m[0]) for session in (first, second) for m in capture.messages[session]]
        adds = [o for o in objects if o["type"] == "A"]
        assert all(re.fullmatch(r"\d+\.\d{4}", o["price"]) and isinstance(o["quantity"], int) for o in adds)
        return len(objects), sum(o["type"] == "E" for o in objects)


def best_and_trades(binary, player, capture, trades):
    player.fall_silent()
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryDirectory() as other:
        listeners = [Listener(binary, player, d, "--json", word) for d, word in
                     ((directory, "tops"), (other, "trades"))]
        time.sleep(0.5)
        play_all(player, capture, lambda: True)
        for listener in listeners:
            status, complaint = listener.end()
            assert status == 0, complaint
        tops, told = [[json.loads(line) for line in listener.lines()] for listener in listeners]
    assert len(told) == trades and {o["side"] for o in told} == {"buy", "sell"}, len(told)
    last = {}
    for top in tops:
        now = {key: value for key, value in top.items() if key not in ("session", "sequence", "time")}
        # A new session begins with a state, whatever was before.
        assert last.get(top["symbol"]) != (top["session"], now), top
        last[top["symbol"]] = (top["session"], now)
    quoted = [top for top in tops if top["bid"] and top["ask"]]
    assert quoted and all(float(top["bid"]) < float(top["ask"]) for top in quoted)


def fill_disk(binary, player, capture):
    """As far as the disk goes, the recording is whole; then it ends with a word."""
    player.fall_silent()
    with tempfile.TemporaryDirectory() as directory:
        itch = os.path.join(directory, "day.itch")

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))

        listener = subprocess.Popen([binary, *player.arguments(), "--messages", "--record", itch],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=limit,
                                    restore_signals=False)
        time.sleep(0.3)
        player.begin(capture.packets)
        player.play(capture.day(0)[:60])
        _, complaint = listener.communicate(timeout=20)
        messages, _ = binary_file(itch)
        assert listener.returncode == 1
        assert "has stopped: File too large: the file is whole as far as it goes, %d messages" % len(messages) \
            in complaint.decode(), complaint
        assert messages == capture.messages[sorted(capture.messages)[0]][:len(messages)] and len(messages) > 50


def main():
    binary = os.path.join(os.path.abspath(sys.argv[1]), "carbonx-listen")
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "sample.pcap")
        subprocess.run([sys.argv[2], path, "3"], check=True, stdout=subprocess.DEVNULL)
        capture = Capture(path)
    player = Player()
    try:
        see_ladder(binary, player, capture.day(0))
        leave(binary, player)
        refuse(binary, player)
        count, trades = record(binary, player, capture)
        best_and_trades(binary, player, capture, trades)
        fill_disk(binary, player, capture)
    finally:
        player.close()
    print("ok: the ladder, its keys and its ways out; %d messages and %d trades as JSON and in files" % (count, trades))


if __name__ == "__main__":
    main()
