"""An hour of the demo's market on a venue of its own; fails when anything keeps growing that should not.
Not part of tools/check.

usage: soak.py BINARIES [--minutes 60]

Memory of each process, open files and threads are compared between the first tenth, after the start, and the end.
What grows by design is named: journal, event log and logs on the disk, and the gateway's and the publisher's memory of
the day's orders and messages, at most so many bytes for each order."""

import argparse
import os
import subprocess
import sys
import time

from venue_process import NAMES, Venue

KIB_ALLOWED = 8 * 1024      # of growth, for what an allocator keeps
BYTES_AN_ORDER = {"engine": 0, "gateway": 1500, "publisher": 500}


def measure(process):
    figures = {"files": len(os.listdir("/proc/%d/fd" % process.pid))}
    with open("/proc/%d/status" % process.pid, encoding="ascii") as file:
        for line in file:
            key, _, value = line.partition(":")
            if key in ("RssAnon", "RssShmem", "Threads"):
                figures[key] = int(value.split()[0])
    return figures


def orders_sent(path):
    """From the brokers' last line of progress."""
    with open(path, encoding="ascii") as file:
        lines = [line for line in file if " orders, " in line]
    return int(lines[-1].split(" orders, ")[0].split()[-1]) if lines else 0


def run(venue, minutes):
    venue.start_all()
    venue.list_demo()
    progress = os.path.join(venue.directory, "brokers.out")
    with open(progress, "w", encoding="ascii") as file:
        brokers = subprocess.Popen(
            [os.path.join(venue.binaries, "carbonx-demo"), "trade", "--port", str(venue.fix_port),
             "--group", venue.group_a, "--feed-port", str(venue.feed_port)], stdout=file)
    wrong = []
    try:
        first = {}
        orders_first = 0
        begin = time.monotonic()
        while time.monotonic() - begin < minutes * 60:
            time.sleep(min(60, minutes * 6))
            venue.check_alive()
            if brokers.poll() is not None:
                raise RuntimeError("the brokers ended")
            now = {name: measure(venue.processes[name]) for name in NAMES}
            elapsed = (time.monotonic() - begin) / 60
            print("%.1f min, %d orders: %s" % (elapsed, orders_sent(progress), now), flush=True)
            if not first and elapsed >= minutes / 10:
                first, orders_first = now, orders_sent(progress)
        orders = orders_sent(progress) - orders_first
        for name in NAMES:
            for key, before in first[name].items():
                after = now[name][key]
                allowed = 0
                if key.startswith("Rss"):
                    allowed = KIB_ALLOWED + orders * BYTES_AN_ORDER[name] // 1024
                if after > before + allowed:
                    wrong.append("%s: %s grew from %d to %d" % (name, key, before, after))
    finally:
        brokers.terminate()
        brokers.wait()
    venue.stop()
    venue.tool("carbonx-replay")
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries")
    parser.add_argument("--minutes", type=float, default=60)
    options = parser.parse_args()
    with Venue(options.binaries) as venue:
        wrong = run(venue, options.minutes)
    print("\n".join(wrong) if wrong else "ok: nothing grew")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
