"""A process in a terminal of its own, a VT100 as far as ncurses speaks to one, and what stands on its screen."""

import fcntl
import os
import re
import select
import struct
import subprocess
import termios
import time

# What comes from the process: a control sequence, another escape, or a character.
TOKEN = re.compile(rb"\x1b\[([?0-9;]*)([A-Za-z])|\x1b([()].|[^\[])|(.)", re.DOTALL)
UNFINISHED = re.compile(rb"\x1b(\[[?0-9;]*|[()])?$")


class Terminal:
    def __init__(self, command, rows=24, columns=80, kind="vt100", environment=None):
        self.master, self.slave = os.openpty()
        self.output = b""  # all of it
        self.draws = kind == "vt100"  # on others the output alone is kept
        self.rest = b""
        self.resize(rows, columns)
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            command, stdin=self.slave, stdout=self.slave, stderr=self.slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**os.environ, "TERM": kind, "LANG": "C", "LC_ALL": "C", **(environment or {})})

    def resize(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.cells)

    def line(self, wanted):
        """The first one that matches."""
        return next((line for line in self.text().split("\n") if re.search(wanted, line)), "")

    def press(self, keys):
        os.write(self.master, keys.encode())

    def read(self, seconds):
        if not select.select([self.master], [], [], seconds)[0]:
            return
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return
        self.output += data
        if self.draws:
            self.take(self.rest + data)

    def wait(self, wanted, seconds=10):
        """Until the screen matches."""
        deadline = time.monotonic() + seconds
        while not re.search(wanted, self.text(), re.DOTALL):
            if time.monotonic() > deadline:
                raise RuntimeError("%r never stood on the screen:\n%s" % (wanted, self.text()))
            self.read(0.05)

    def rest_for(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.read(0.05)

    def end(self):
        """Its exit status; everything it has written is read."""
        deadline = time.monotonic() + 10
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                raise RuntimeError("it does not end:\n" + self.text())
            self.read(0.05)
        self.rest_for(0.1)
        return self.process.returncode

    def is_as_before(self):
        return termios.tcgetattr(self.slave) == self.before

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def take(self, data):
        unfinished = UNFINISHED.search(data)
        self.rest = unfinished[0] if unfinished else b""
        data = data[:len(data) - len(self.rest)]
        for token in TOKEN.finditer(data):
            numbers, kind, _, character = token.groups()
            if character is not None:
                self.put(character)
            elif kind is not None and not numbers.startswith(b"?"):
                self.control(kind.decode(), [int(n or 0) for n in numbers.split(b";")])

    def put(self, character):
        if character == b"\r":
            self.column = 0
        elif character == b"\n":
            self.row = min(self.row + 1, self.rows - 1)
        elif character == b"\b":
            self.column = max(self.column - 1, 0)
        elif character == b"\t":
            self.column = min((self.column // 8 + 1) * 8, self.columns - 1)
        elif character >= b" ":
            if self.column < self.columns:
                self.cells[self.row][self.column] = character.decode("latin-1")
            self.column += 1

    def control(self, kind, numbers):
        count = max(numbers[0], 1)
        if kind == "H":
            self.row = min(count, self.rows) - 1
            self.column = min(max(numbers[1], 1) if len(numbers) > 1 else 1, self.columns) - 1
        elif kind in "AB":
            self.row = min(max(self.row + (count if kind == "B" else -count), 0), self.rows - 1)
        elif kind in "CD":
            self.column = min(max(self.column + (count if kind == "C" else -count), 0), self.columns - 1)
        elif kind == "K":
            first, last = {0: (self.column, self.columns), 1: (0, self.column + 1), 2: (0, self.columns)}[numbers[0]]
            for column in range(first, min(last, self.columns)):
                self.cells[self.row][column] = " "
        elif kind == "J":
            if numbers[0] == 0:
                self.control("K", [0])
            first = 0 if numbers[0] == 2 else self.row + 1
            for row in range(first, self.rows):
                self.cells[row] = [" "] * self.columns
        elif kind not in "mrlh":
            raise RuntimeError("the test's terminal does not know %r %s" % (kind, numbers))
