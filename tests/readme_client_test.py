"""The client of gateway/README.md, as it stands there, on a running venue: it logs on, buys and sees its fill. Only
the port is this test's own.

usage: readme_client_test.py BINARIES"""

import os
import re
import subprocess
import sys

from fix_broker import Broker
from jspurefix_test import PRICE, sell, step_until
from venue_process import ROOT, Venue

LINES_MAX = 30


def example():
    with open(os.path.join(ROOT, "gateway", "README.md"), encoding="utf-8") as file:
        text = re.search(r"^## Begin here\n.*?^```python\n(.*?)^```", file.read(), re.M | re.S)[1]
    assert len(text.splitlines()) <= LINES_MAX, "the example has %d lines" % len(text.splitlines())
    return text


def run_example(venue):
    text, found = re.subn("port=9880", "port=%d" % venue.fix_port, example())
    assert found == 1, "the example does not name the demo's port once"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60)
    print(done.stdout, done.stderr, sep="", end="")
    assert done.returncode == 0
    return done.stdout.splitlines()


def run(venue):
    venue.start_all()
    venue.list_demo()
    refused = run_example(venue)
    assert "'39': '8'" in refused[-1] and "market_no_liquidity" in refused[-1], "nothing is offered yet"
    seller = Broker("BROKER1", "demo-broker1", venue.fix_port)
    assert seller.connect()
    step_until(seller, lambda: seller.logged_on, "the seller cannot log on")
    sell(seller, "offer", 150, PRICE)
    logon, accepted, filled = run_example(venue)
    assert "'35': 'A'" in logon and "'150': '0'" in accepted
    assert "'150': 'F'" in filled and "'39': '2'" in filled and "'32': '100'" in filled
    step_until(seller, lambda: seller.received[-1].get(150) == "F", "the seller has no trade")
    seller.close()


def main():
    with Venue(sys.argv[1]) as venue:
        run(venue)
    print("ok")


if __name__ == "__main__":
    main()
