#!/usr/bin/env python3
"""The decoder that was written from marketdata/README.md alone rebuilds the same books as the venue's own
subscriber, on two days by chance; and it notices what is wrong.  feed_decoder_test.py FEED_SAMPLE"""
import pathlib
import subprocess
import sys
import tempfile

DECODER = pathlib.Path(__file__).with_name("feed_decoder.py")


def decode(capture):
    return subprocess.run([sys.executable, DECODER, "--pcap", capture], capture_output=True, text=True)


def records(data):
    """The capture's records, whole, without the file's header."""
    at = 24
    while at < len(data):
        size = 16 + int.from_bytes(data[at + 8:at + 12], "little")
        yield data[at:at + size]
        at += size


def check(condition, what):
    if not condition:
        sys.exit(f"feed_decoder_test: {what}")


def main():
    sample = sys.argv[1]
    with tempfile.TemporaryDirectory() as directory:
        capture = pathlib.Path(directory, "sample.pcap")
        for seed in range(1, 6):
            books = subprocess.run([sample, capture, str(seed)], capture_output=True, text=True, check=True)
            decoded = decode(capture)
            check(decoded.returncode == 0, f"seed {seed}: {decoded.stderr}")
            check(decoded.stdout == books.stdout, f"seed {seed}: the books differ")
            check("S M sequence" in decoded.stdout, f"seed {seed}: no phase was seen")
            check("# H H sequence" in decoded.stdout, f"seed {seed}: no halt was seen")

        data = capture.read_bytes()
        packets = list(records(data))
        other = pathlib.Path(directory, "other.pcap")

        # One line alone, and then both in the wrong order: nothing is missing.
        other.write_bytes(data[:24] + b"".join(packets[::2]))
        check(decode(other).stdout == books.stdout, "line A alone gives other books")
        swapped = packets[:]
        swapped[9:13] = reversed(swapped[9:13])
        other.write_bytes(data[:24] + b"".join(swapped))
        check(decode(other).stdout == books.stdout, "reordered packets give other books")

        # A packet that is on neither line is missed.
        other.write_bytes(data[:24] + b"".join(packets[:20] + packets[22:]))
        check("missing" in decode(other).stderr, "a missing packet was not noticed")

        # A repeat that is not byte-identical is seen: the last byte of an add, its price.
        changed = bytearray(data)
        at = 24 + sum(map(len, packets[:2]))
        check(packets[0][44:] == packets[1][44:], "lines A and B differ")
        changed[at - 1] ^= 1
        other.write_bytes(changed)
        check("different bytes" in decode(other).stderr, "a repeat with other bytes was not noticed")
    print("feed_decoder_test: the same books on five seeds")


if __name__ == "__main__":
    main()
