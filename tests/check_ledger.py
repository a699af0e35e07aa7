"""Credits and cash by the brokers' fills alone, from what operators had put in: every trade has a buyer and a
seller who say the same, every serial comes from where it was, nothing is made or lost, no balance falls
below zero."""

import bisect
import collections
import re


def money(text):
    """Ten-thousandths, exactly."""
    whole, _, part = text.partition(".")
    return int(whole) * 10000 + int((part + "0000")[:4])


class Ranges:
    """Serial numbers, as sorted runs that do not touch."""

    def __init__(self):
        self.firsts, self.lasts = [], []

    def __len__(self):
        return sum(self.lasts) - sum(self.firsts) + len(self.firsts)

    def add(self, first, last):
        """False if some of them are here already."""
        at = bisect.bisect_left(self.firsts, first)
        if at < len(self.firsts) and self.firsts[at] <= last:
            return False
        if at > 0 and self.lasts[at - 1] >= first:
            return False
        joins_next = at < len(self.firsts) and self.firsts[at] == last + 1
        if at > 0 and self.lasts[at - 1] == first - 1:
            self.lasts[at - 1] = last
            if joins_next:
                self.lasts[at - 1] = self.lasts[at]
                del self.firsts[at], self.lasts[at]
        elif joins_next:
            self.firsts[at] = first
        else:
            self.firsts.insert(at, first)
            self.lasts.insert(at, last)
        return True

    def remove(self, first, last):
        """False unless all of them are here."""
        at = bisect.bisect_right(self.firsts, first) - 1
        if at < 0 or self.lasts[at] < last:
            return False
        begin, end = self.firsts[at], self.lasts[at]
        del self.firsts[at], self.lasts[at]
        if end > last:
            self.firsts.insert(at, last + 1)
            self.lasts.insert(at, end)
        if begin < first:
            self.firsts.insert(at, begin)
            self.lasts.insert(at, first - 1)
        return True


class Fill:
    def __init__(self, broker, message):
        self.broker = broker
        self.side, self.account, self.symbol = message[54], message[1], message[55]
        self.quantity, self.price = int(message[32]), money(message[31])
        self.fee, self.currency = money(message[5006]), message[15]
        runs = []
        for tag, value in message.fields:
            if tag == 5003:
                runs.append([int(value), 0, 0, ""])
            elif tag in (5004, 5005) and runs:
                runs[-1][tag - 5003] = int(value)
            elif tag == 5007:
                runs[-1][3] = value
        self.runs = [tuple(run) for run in runs]


class Ledger:
    def __init__(self, say):
        self.say = say
        self.fee_ppm = {}
        self.lots = {}  # instrument and prefix by number
        self.holdings = collections.defaultdict(Ranges)  # by account and lot
        self.cash = collections.defaultdict(int)
        self.deposited = collections.defaultdict(int)
        self.trades = collections.defaultdict(list)  # by match number
        self.traded = 0  # tonnes

    def operator(self, line):
        kind, _, rest = line.partition(" ")
        values = {k: v.strip('"') for k, v in re.findall(r'(\w+)=("[^"]*"|\S+)', rest)}
        if kind == "list_counter":
            self.fee_ppm[values["symbol"]] = int(values.get("fee_ppm", 0))
        elif kind == "deposit_cash":
            asset = values["currency"].upper()
            self.cash[values["account"], asset] += money(values["amount"])
            self.deposited[asset] += money(values["amount"])
        elif kind == "deposit_credits":
            lot = len(self.lots) + 1
            self.lots[lot] = values["instrument"], values["serial_prefix"]
            first, last = int(values["serial_first"]), int(values["serial_last"])
            self.holdings[values["account"], lot].add(first, last)
            self.deposited[lot] = last - first + 1

    def fill(self, broker, message):
        self.trades[int(message[527])].append(Fill(broker, message))

    def settle(self):
        """All trades, in their order. Says what is wrong."""
        for match in sorted(self.trades):
            sides = sorted(self.trades[match], key=lambda fill: fill.side)
            if [fill.side for fill in sides] != ["1", "2"]:
                self.say("trade %d was reported to %s" % (
                    match, [(fill.broker, fill.side, fill.quantity) for fill in sides]))
                continue
            self.settle_trade(match, *sides)
        self.conserve()

    def settle_trade(self, match, buy, sell):
        same = ("symbol", "quantity", "price", "currency", "runs")
        for name in same:
            if getattr(buy, name) != getattr(sell, name):
                self.say("trade %d: the %s is %s to the buyer and %s to the seller" % (
                    match, name, getattr(buy, name), getattr(sell, name)))
        self.traded += buy.quantity
        paid = buy.price * buy.quantity
        fee = paid * self.fee_ppm.get(buy.symbol, 0) // 1_000_000 // 100 * 100  # cut to the cent
        for fill in (buy, sell):
            if fill.fee != fee:
                self.say("trade %d: a fee of %d for %s instead of %d" % (
                    match, fill.fee, fill.broker, fee))
        self.pay(match, buy.account, buy.currency, -paid - buy.fee)
        self.pay(match, sell.account, buy.currency, paid - sell.fee)
        self.pay(match, "the house", buy.currency, buy.fee + sell.fee)
        if sum(last - first + 1 for _, first, last, _ in sell.runs) != sell.quantity:
            self.say("trade %d: %d tonnes, but serials %s" % (match, sell.quantity, sell.runs))
        for lot, first, last, prefix in sell.runs:
            if self.lots.get(lot) != (sell.symbol[:-1], prefix):
                self.say("trade %d of %s delivers from lot %d, which is %s" % (
                    match, sell.symbol, lot, self.lots.get(lot)))
            if not self.holdings[sell.account, lot].remove(first, last):
                self.say("trade %d: %s does not have serials %d to %d of lot %d" % (
                    match, sell.account, first, last, lot))
            if not self.holdings[buy.account, lot].add(first, last):
                self.say("trade %d: %s has serials %d to %d of lot %d already" % (
                    match, buy.account, first, last, lot))

    def pay(self, match, account, currency, amount):
        self.cash[account, currency] += amount
        if self.cash[account, currency] < 0:
            self.say("trade %d: the %s of %s falls below zero" % (match, currency, account))

    def conserve(self):
        now = collections.defaultdict(int)
        for (_, asset), amount in self.cash.items():
            now[asset] += amount
        for (_, lot), ranges in self.holdings.items():
            now[lot] += len(ranges)
        for asset, amount in self.deposited.items():
            if now[asset] != amount:
                self.say("of %s there is %d, and %d was deposited" % (asset, now[asset], amount))
