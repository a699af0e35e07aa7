"""QuickFIX's own initiator against a running venue, an order's whole life: it logs on, buys, is partly filled,
replaces, crashes, comes back with the numbers of its file store, gets what it missed, is filled, cancels and logs
out.

usage: quickfix_initiator_test.py BINARIES"""

import os
import subprocess
import sys
import tempfile

from fix_broker import Broker
from jspurefix_test import LOWER_PRICE, PRICE, SYMBOL, sell, step_until
from venue_process import Venue


def run(venue, directory):
    venue.start_all()
    venue.list_demo()
    seller = Broker("BROKER1", "demo-broker1", venue.fix_port)
    assert seller.connect()
    step_until(seller, lambda: seller.logged_on, "the seller cannot log on")

    def initiator(part):
        subprocess.run(
            [os.path.join(venue.binaries, "quickfix_initiator"), part, str(venue.fix_port), directory, SYMBOL,
             PRICE, LOWER_PRICE],
            check=True, timeout=120)
    sell(seller, "offer", 40, PRICE)
    initiator("first")
    sell(seller, "while it is away", 10, LOWER_PRICE)
    sell(seller, "for its return", 20, PRICE)
    initiator("second")
    seller.close()


def main():
    with tempfile.TemporaryDirectory() as directory, Venue(sys.argv[1]) as venue:
        run(venue, directory)
    print("ok")


if __name__ == "__main__":
    main()
