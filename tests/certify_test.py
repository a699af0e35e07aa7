"""carbonx-certify against a running venue: it passes every step of a venue that is in order, tries every refusal of
the rules of engagement or says why not, and fails, by name, where the venue does not do what is expected.

usage: certify_test.py BINARIES"""

import os
import re
import socket
import subprocess
import sys

from venue_process import ROOT, Venue, free_port

SYMBOL = "TEST001H"


def certify(venue, *arguments, port=None):
    done = subprocess.run(
        [os.path.join(venue.binaries, "carbonx-certify"), "--port", str(port or venue.fix_port), *arguments],
        capture_output=True, text=True, timeout=400)
    print("carbonx-certify %s: exit %d\n%s%s" % (" ".join(arguments), done.returncode, done.stdout, done.stderr))
    return done


def refusals_of_the_rules():
    with open(os.path.join(ROOT, "gateway", "README.md"), encoding="utf-8") as file:
        table = re.search(r"^## Refusals\n(.*?)^## ", file.read(), re.M | re.S)[1]
    names = set(re.findall(r"\| `([a-z_]+)` \|", table))
    assert len(names) > 20, names
    return names


def check_all_passed(venue):
    done = certify(venue)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    totals = re.fullmatch(r"certify: passed=(\d+) failed=0 not tried=(\d+)", lines[-1])
    assert totals, lines[-1]
    assert int(totals[1]) == sum(line.startswith("passed ") for line in lines)
    not_tried = [line for line in lines if line.startswith("not tried ")]
    assert int(totals[2]) == len(not_tried) and len(lines) == 1 + int(totals[1]) + len(not_tried)
    steps = [line for line in certify(venue, "--list").stdout.splitlines() if line.startswith("  ")]
    assert len(steps) == len(lines) - 1
    for name in refusals_of_the_rules():
        assert any(re.search(r"\b%s\b" % name, line) for line in lines), "no step for " + name


def number_of(venue, text):
    """Of the step whose text begins so."""
    steps = certify(venue, "--list").stdout
    return re.search(r"^  ([0-9.]+) %s" % re.escape(text), steps, re.M)[1]


def check_fails(venue, text, reason, *arguments):
    """That step alone is played, and fails for that reason."""
    step = number_of(venue, text)
    done = certify(venue, "--step", step, *arguments)
    assert done.returncode == 1
    assert re.search(r"^FAILED +%s .*\n.*%s" % (re.escape(step), reason), done.stdout, re.M), (step, reason)
    assert "certify: passed=0 failed=1 not tried=0" in done.stdout


def run(venue):
    venue.start_all()
    venue.list_demo()
    check_all_passed(venue)
    again = certify(venue, "--step", "3", "--step", "4.1")  # on the same day
    assert again.returncode == 0

    accepted = "a limit order is accepted"
    check_fails(venue, "a Logon is answered", "SPARE cannot log on", "--password", "wrong")
    check_fails(venue, accepted, "NOSUCH is not listed", "--symbol", "NOSUCH")
    check_fails(venue, "open_orders_exceeded", "expected 150=8", "--open-orders", "50")
    check_fails(venue, "5001=Y: day orders", "0 reports while it was away, not 1", "--grace-ms", "-1000")
    venue.tool("carbonx-admin", "halt", SYMBOL)
    check_fails(venue, accepted, "expected 150=0, heard .*counter_halted")
    venue.tool("carbonx-admin", "resume", SYMBOL)
    venue.tool("carbonx-admin", "phase", "halted")
    check_fails(venue, "the market's phase (g) once", "expected 625=CONTINUOUS")

    nobody = certify(venue, port=free_port(socket.SOCK_STREAM))
    assert nobody.returncode == 1 and "no FIX gateway at 127.0.0.1" in nobody.stderr
    assert certify(venue, "--step", "99").returncode == 1, "nothing played is not a success"


def main():
    with Venue(sys.argv[1]) as venue:
        run(venue)
    print("ok")


if __name__ == "__main__":
    main()
