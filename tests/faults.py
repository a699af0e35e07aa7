"""The fault suite, on real processes under load. Every part ends with the checker's judgement of what the venue's
clients were told (check_venue.py).

usage: faults.py BINARIES [--kills 1000] [--power-cuts 100] [--errors 42] [--rounds 3] [--seed N] [--only NAME ...]
                 [--processes NAME ...]

--processes are those that are killed, all three unless named. --rounds is how often each of the other faults is done. What this machine forbids is skipped aloud, and not counted.
Exit status: 0 if nothing was wrong; 1 if something was; 77 if nothing could be done."""

import argparse
import functools
import random
import sys
import time

import fault_clock
import fault_damage
import fault_disk
import fault_kills
import fault_power
import fault_snapshots
import fault_stop
from fault_scene import Skipped
from venue_process import NAMES


def parts(options):
    """Name, what does it, and how often."""
    return (
        ("kill", functools.partial(fault_kills.run, processes=options.processes), options.kills),
        ("power", fault_power.run, options.power_cuts),
        ("full", fault_disk.run_full, options.rounds),
        ("errors", fault_disk.run_errors, options.errors),
        ("clock", fault_clock.run, options.rounds),
        ("stop", fault_stop.run, options.rounds),
        ("damage", fault_damage.run, options.rounds),
        ("snapshots", fault_snapshots.run, options.rounds),
    )


def main():
    parser = argparse.ArgumentParser(description="Faults of real processes under load.")
    parser.add_argument("binaries")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--power-cuts", type=int, default=100)
    parser.add_argument("--errors", type=int, default=42)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--processes", nargs="+", choices=NAMES, default=list(NAMES))
    names = [name for name, _, _ in parts(parser.parse_args(["."]))]
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    options = parser.parse_args()
    print("faults: seed %d" % options.seed, flush=True)
    lines = []
    begin = time.monotonic()
    for name, run, count in parts(options):
        if name not in options.only or count == 0:
            continue
        start = time.monotonic()

        def say(text, name=name):
            print("%6.1f s  %s: %s" % (time.monotonic() - begin, name, text), flush=True)
        try:
            line = run(options.binaries, count, options.seed, say)
        except Skipped as reason:
            line = "SKIPPED: %s" % reason
        except Exception as error:
            line = "WRONG: %s: %s" % (type(error).__name__, error)
        lines.append((name, line))
        say("%s (%.0f s)" % (line, time.monotonic() - start))
    print("\nseed %d, %.0f s" % (options.seed, time.monotonic() - begin))
    for name, line in lines:
        print("%-9s %s" % (name, line.splitlines()[0]))
    if any(line.startswith("WRONG") for _, line in lines):
        sys.exit(1)
    if all(line.startswith("SKIPPED") for _, line in lines):
        sys.exit(77)


if __name__ == "__main__":
    main()
