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
        self.done = set()  # their headings
        self.environment = dict(os.environ, PATH=venue.binaries + ":" + os.environ["PATH"])

    def run(self, heading, expected, **variables):
        """Every step of a runbook; `expected` has a regular expression for what each must print."""
        self.done.add(heading)
        steps = self.runbooks[heading]
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


class Brokers:
    """They keep their numbers from day to day."""

    def __init__(self, venue):
        self.by_name = {name: Broker(name, "demo-" + name.lower(), venue.fix_port, cancel_on_disconnect=False)
                        for name in ("BROKER1", "BROKER2", "BROKER3")}
        self.seller, self.late, self.buyer = self.by_name.values()
        self.count = 0

    def step_until(self, done):
        deadline = time.monotonic() + 20
        while not done():
            for broker in self.by_name.values():
                broker.poll()
            assert time.monotonic() < deadline, "no answer"
            time.sleep(0.001)

    def log_on(self):
        for broker in self.by_name.values():
            deadline = time.monotonic() + 20
            while not broker.connect():
                assert time.monotonic() < deadline, "the gateway does not listen"
                time.sleep(0.1)
            self.step_until(lambda: broker.logged_on)

    def log_off(self):
        for broker in self.by_name.values():
            broker.close()

    def ask(self, broker, kind, client_id, *fields):
        broker.send(kind, (11, client_id), (55, SYMBOL), (60, timestamp()), *fields)
        self.step_until(lambda: any(m.get(11) == client_id for m in broker.received[-20:]))

    def order(self, broker, client_id, side, quantity, price):
        self.ask(broker, "D", client_id, (1, broker.comp_id), (54, side), (38, quantity), (40, 2), (44, price),
                 (59, 0))

    def trade(self):
        """Two sellers stand at one price; the buyer meets the first of them. Gives the buyer's report."""
        self.order(self.seller, "S1", 2, 100, "38.60")
        self.order(self.late, "S2", 2, 100, "38.60")
        self.order(self.buyer, "B1", 1, 60, "38.70")
        self.order(self.buyer, "B2", 1, 60, "99.00")  # outside the band
        self.step_until(lambda: any(m.get(150) == "F" for m in self.buyer.received))
        return next(m for m in self.buyer.received if m.get(150) == "F")

    def quote(self):
        """An order that rests, and its cancel: two frames of the journal, at the least."""
        self.count += 1
        name = "Q%d" % self.count
        self.order(self.late, name, 1, 1, "35.00")
        self.ask(self.late, "F", "C" + name, (41, name), (54, 1))


def segments(directory, suffix):
    """First command of each, in order."""
    found = (re.fullmatch(r"journal-(\d+)" + suffix, name) for name in os.listdir(directory))
    return sorted(int(match[1]) for match in found if match)


class Archive:
    """Where the command of a fill is."""

    def __init__(self, venue, fill):
        self.journal = os.path.join(venue.data, "journal")
        self.archive = os.path.join(venue.directory, "archive")
        event = fill[17][:-1]
        line = venue.tool("carbonx-dump", "--events", "--from", event, "--to", event)
        self.command = int(re.match(r"trade command=(\d+) ", line)[1])

    def has_it_alone(self):
        if not os.path.isdir(self.archive) or segments(self.journal, r"\.seg")[0] <= self.command:
            return False
        archived = segments(self.archive, r"\.seg\.zst")
        return archived[0] <= self.command < archived[-1]


def run(venue):
    operator = Operator(venue)
    brokers = Brokers(venue)
    start = [r"Avail", r"", r"", r"recovered in \d+ ms", r"phase +closed",
             r"commands done.*cash_moved.*amount=1000000.00", r"", r"phase=pre_open.*phase=continuous"]
    end = [r"cancelled .*reason=expired.*phase=closed", r"", r"verify: ok .* hash=[0-9a-f]{64}@\d+\n", r"verify: ok",
           r" identical ", r"^account +asset.*BROKER3 +HKD"]
    write_listings(venue)
    try:
        # Last Tuesday.
        operator.run("Start of day", start, NOTED="", TRADING_DAY="20260303")
        brokers.log_on()
        fill = brokers.trade()
        brokers.log_off()
        noted = operator.run("End of day", end, COPY=os.path.join(venue.directory, "copy-tuesday"))[2]

        # Today: the journal goes on, and gives back what is archived and behind a snapshot.
        with open(os.path.join(venue.directory, "listings.txt"), "w", encoding="utf-8") as file:
            file.write("deposit_cash account=BROKER2 currency=hkd amount=1 reference=wire-18\n")
        start[1] = r"verify: ok"  # the noted hash is found
        start[3] = r"recovered in \d+ ms from the snapshot"
        operator.run("Start of day", start,
                     NOTED=re.search(r"hash=(\S+)", noted)[1], TRADING_DAY="20260310")
        brokers.log_on()
        archive = Archive(venue, fill)
        deadline = time.monotonic() + 120
        while not archive.has_it_alone():
            assert time.monotonic() < deadline, "the journal still has command %d" % archive.command
            for _ in range(20):
                brokers.quote()
        dispute(operator, venue, fill)
        assert archive.has_it_alone()
        print("ok: command %d of the fill was in the archive alone" % archive.command)
        brokers.order(brokers.late, "L1", 1, 1, "35.00")  # expires
        brokers.log_off()
        operator.run("End of day", end, COPY=os.path.join(venue.directory, "copy-today"))
        assert operator.done == set(operator.runbooks), "not run: %s" % (set(operator.runbooks) - operator.done)
    finally:
        operator.end()


def dispute(operator, venue, fill):
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


def main():
    # Small segments and many snapshots, so that a short day fills and archives some.
    settings = {"segment_mib": "1", "commands": "100", "kept": "1"}
    with Venue(sys.argv[1], settings=settings) as venue:
        run(venue)


if __name__ == "__main__":
    main()
