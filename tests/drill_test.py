"""The operators' runbooks of tools/README.md, run as they stand there: start of day, a broker who disputes a fill,
end of day. What the page says and what works cannot drift apart.

usage: drill_test.py BINARIES"""

import os
import re
import signal
import subprocess
import sys
import time

from fix_broker import Broker, timestamp
from venue_process import ROOT, Venue

SYMBOL = "V134020H"


def read_runbooks():
    """{heading: [the commands of each step]}"""
    with open(os.path.join(ROOT, "tools", "README.md"), encoding="utf-8") as file:
        page = file.read().split("\n# Runbooks\n")[1]
    runbooks = {}
    for section in page.split("\n## ")[1:]:
        heading, _, body = section.partition("\n")
        blocks = re.findall(r"^   ```sh\n(.*?)^   ```$", body, re.MULTILINE | re.DOTALL)
        runbooks[heading] = [re.sub(r"(?m)^   ", "", block) for block in blocks]
    return runbooks


class Operator:
    def __init__(self, venue):
        self.venue = venue
        self.runbooks = read_runbooks()
        self.environment = dict(os.environ, PATH=venue.binaries + ":" + os.environ["PATH"])

    def run(self, heading, expected, **variables):
        """Every step of a runbook; `expected` has a regular expression for what each must print."""
        steps = self.runbooks.pop(heading)
        assert len(steps) == len(expected), "%s has %d steps" % (heading, len(steps))
        printed = []
        for number, (step, pattern) in enumerate(zip(steps, expected), 1):
            done = subprocess.run(["bash", "-e", "-c", step], cwd=self.venue.directory, timeout=120,
                                  env=dict(self.environment, **variables), text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if done.returncode != 0 or not re.search(pattern, done.stdout, re.DOTALL):
                raise RuntimeError("%s, step %d ended with %d, expected %r:\n%s\n%s" % (
                    heading, number, done.returncode, pattern, step, done.stdout))
            printed.append(done.stdout)
        print("ok: %s, %d steps" % (heading, len(steps)))
        return printed

    def end(self):
        """Whatever is still up."""
        for name in ("gateway", "publisher", "engine"):
            path = os.path.join(self.venue.directory, name + ".pid")
            if os.path.exists(path):
                with open(path, encoding="utf-8") as file:
                    pid = int(file.read())
                try:
                    with open("/proc/%d/comm" % pid, encoding="utf-8") as file:
                        if file.read().strip().startswith("carbonx"):
                            os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass


def write_listings(venue):
    with open(os.path.join(venue.directory, "listings.txt"), "w", encoding="utf-8") as file:
        listings = subprocess.run(
            [os.path.join(venue.binaries, "carbonx-demo"), "listings",
             os.path.join(ROOT, "tools", "demo-data", "listings.csv")],
            stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout
        # The phases are the runbook's.
        file.writelines(line + "\n" for line in listings.splitlines() if not line.startswith("set_phase"))


def log_on(venue, name):
    broker = Broker(name, "demo-" + name.lower(), venue.fix_port, cancel_on_disconnect=False)
    deadline = time.monotonic() + 20
    while not broker.connect():
        assert time.monotonic() < deadline, "the gateway does not listen"
        time.sleep(0.1)
    step_until(lambda: broker.logged_on, broker)
    return broker


def step_until(done, *brokers):
    deadline = time.monotonic() + 20
    while not done():
        for broker in brokers:
            broker.poll()
        assert time.monotonic() < deadline, "no answer"
        time.sleep(0.01)


def order(broker, client_id, side, quantity, price):
    broker.send("D", (11, client_id), (1, broker.comp_id), (55, SYMBOL), (54, side), (60, timestamp()),
                (38, quantity), (40, 2), (44, price), (59, 0))
    step_until(lambda: any(m.get(11) == client_id for m in broker.received), broker)


def trade(venue):
    """Two sellers stand at one price; the buyer meets the first of them. Gives the buyer's report."""
    seller, late, buyer = (log_on(venue, name) for name in ("BROKER1", "BROKER2", "BROKER3"))
    order(seller, "S1", 2, 100, "38.60")
    order(late, "S2", 2, 100, "38.60")
    order(buyer, "B1", 1, 60, "38.70")
    order(buyer, "B2", 1, 60, "99.00")  # outside the band
    step_until(lambda: any(m.get(150) == "F" for m in buyer.received), buyer, seller)
    fill = next(m for m in buyer.received if m.get(150) == "F")
    for broker in (seller, late, buyer):
        broker.close()
    return fill


def run(venue):
    operator = Operator(venue)
    write_listings(venue)
    try:
        operator.run("Start of day", [
            r"Avail", r"", r"recovered \d+ slots", r"phase +closed", r"commands done.*cash_moved.*amount=1000000.00",
            r"", r"phase=pre_open.*phase=continuous"])
        fill = trade(venue)
        printed = operator.run("A broker disputes a fill", [
            # The earlier seller stands first; the buyer is not there yet.
            r"book of V134020H.*sell +38\.60 +100 .*BROKER1:S1.*sell +38\.60 +100 .*BROKER2:S2.*(identical|incomplete)",
            r"accepted.*client_id=B1.*trade .*price=38\.60.*rule M1 Price, then time.*since event \d+"
            r".*rule M2 Price.*38\.60.*account BROKER3 of BROKER3.*V134020 .*lot",
            r"deposited for BROKER1.*BROKER1 sold it to BROKER3 at 38\.60 in trade %s.*now: BROKER3 holds it" % fill[527],
        ], EXEC_ID=fill[17], SYMBOL=SYMBOL, SESSION="BROKER3", CLIENT_ID="B1", ACCOUNT="BROKER3",
            SERIAL="%s:%s" % (fill[5007], fill[5004]))
        assert "B1" not in printed[0] and "trade " not in printed[0], printed[0]
        refused = venue.tool("carbonx-replay", "--partial", "--order", "BROKER3:B2")
        assert "rule O4 price_outside_band" in refused, refused
        operator.run("End of day", [
            r"cancelled .*reason=expired.*phase=closed", r"", r"identical", r"^account +asset.*BROKER3 +HKD"])
        assert not operator.runbooks, "not run: %s" % list(operator.runbooks)
    finally:
        operator.end()


def main():
    with Venue(sys.argv[1]) as venue:
        run(venue)


if __name__ == "__main__":
    main()
