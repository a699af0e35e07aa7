"""What the clients of a venue said and heard, as a file: the only thing that check_venue.py believes. A line
is a mark, a name and what belongs to it:

    > BROKER1 8=FIX...    sent by that broker, numbered whether or not anybody heard it
    < BROKER1 8=FIX...    received by it
    A|B|R 3230...         a packet of line A or B, or an answer to a re-request, in hexadecimal
    o deposit_cash ...    what an operator put in, in the common text form
    c WATCH1 BROKER1 ...  a drop copy session, and the sessions of its firm
    ! power cut|publisher what was done to the venue, where the rules for its clients say more because of it
    # text                a remark

Threads: any; a line is written whole."""

import threading


class Recording:
    def __init__(self, path):
        self.path = path
        self.file = open(path, "ab")
        self.lock = threading.Lock()

    def write(self, mark, name=b"", content=b""):
        if isinstance(name, str):
            name = name.encode("utf-8")
        line = b" ".join(part for part in (mark.encode("ascii"), name, content) if part)
        with self.lock:
            self.file.write(line + b"\n")

    def flush(self):
        with self.lock:
            self.file.flush()

    def close(self):
        self.file.close()


def read_recording(path):
    """Mark and what is behind it, as bytes, line by line."""
    with open(path, "rb") as file:
        for line in file:
            mark, _, rest = line.rstrip(b"\n").partition(b" ")
            yield mark.decode("ascii"), rest
