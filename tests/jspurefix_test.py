"""An unmodified public FIX client against a running venue: it logs on, lists what is listed, buys, is partly
filled, replaces, crashes, comes back with its sequence numbers, gets what it missed and cancels.

usage: jspurefix_test.py BINARIES WORK_DIRECTORY
The client is installed in the work directory, from npm, as package-lock.json says."""

import os
import subprocess
import sys
import tempfile
import time

from fix_broker import Broker, timestamp
from npm_package import install
from venue_process import Venue

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "jspurefix")
SYMBOL, PRICE, LOWER_PRICE = "V415024H", "10.05", "10.00"


def step_until(broker, done, complaint):
    deadline = time.monotonic() + 20
    while not done():
        broker.poll()
        time.sleep(0.01)
        if time.monotonic() > deadline:
            raise RuntimeError(complaint)


def sell(broker, client_id, quantity, price):
    broker.send("D", (11, client_id), (1, broker.comp_id), (55, SYMBOL), (54, 2), (60, timestamp()),
                (38, quantity), (40, 2), (44, price), (59, 1))
    step_until(broker, lambda: any(m.get(11) == client_id for m in broker.received),
               "no answer to a sell order")
    assert broker.received[-1][150] != "8", broker.received[-1].raw


def run(venue, directory, store):
    venue.start_all()
    venue.list_demo()
    seller = Broker("BROKER1", "demo-broker1", venue.fix_port)
    assert seller.connect()
    step_until(seller, lambda: seller.logged_on, "the seller cannot log on")

    def client(part):
        subprocess.run(
            ["node", "client.js", part, str(venue.fix_port), store, SYMBOL, PRICE, LOWER_PRICE, "js-"],
            cwd=directory, check=True, timeout=60)
    sell(seller, "offer", 40, PRICE)
    client("first")
    sell(seller, "while it is away", 10, LOWER_PRICE)
    client("second")
    seller.close()


def main():
    binaries, directory = sys.argv[1:3]
    install(SOURCE, directory)
    with tempfile.TemporaryDirectory() as store, Venue(binaries) as venue:
        run(venue, directory, store)
    print("ok")


if __name__ == "__main__":
    main()
