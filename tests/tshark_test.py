#!/usr/bin/env python3
"""Wireshark's own MoldUDP64 dissector reads every packet of two days by chance, with nothing malformed and
no message missing.  tshark_test.py FEED_SAMPLE. Exit status 77: there is no tshark here."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

from wireshark import Capture


def main():
    if shutil.which("tshark") is None:
        print("tshark_test: SKIPPED, there is no tshark on this machine: apt-get install tshark")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as directory:
        capture = pathlib.Path(directory, "sample.pcap")
        books = subprocess.run([sys.argv[1], capture, "1"], check=True, capture_output=True, text=True).stdout
        seen = Capture(capture, "moldudp64", 26400)
        found = seen.complaints()
        if found:
            sys.exit("tshark_test: tshark complains:\n" + found)

        # Every message that the sample's books were built from, on each of the two lines.
        expected = sum(int(line.split()[-1]) - 1 for line in books.splitlines()
                       if line.startswith("# end sequence"))
        for line in ("239.192.1.1", "239.192.1.2"):
            lengths = seen.field("moldudp64.msglen", f"ip.dst == {line}")
            if len(lengths) != expected:
                sys.exit(f"tshark_test: {len(lengths)} messages on {line}, {expected} were sent")

        # What is broken is told: the length of the first packet's first message.
        data = bytearray(capture.read_bytes())
        data[24 + 16 + 28 + 20] = 0xFF
        capture.write_bytes(data)
        if not seen.complaints():
            sys.exit("tshark_test: a broken packet went unnoticed")
    print(f"tshark_test: {expected} messages on each line, nothing malformed")


if __name__ == "__main__":
    main()
