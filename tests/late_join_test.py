"""Who joins at a random moment of the demo's market has the right books in under a second, counted from the start of
his process: a client in Python that knows marketdata/README.md alone (late_joiner.py), and the receiver's library
(feed_joiner.cpp), which asks for what is missing or, where it is much, for a snapshot. Books are right when they have
the same orders, quantities and priorities as those rebuilt from the whole stream at the same number: where he joined,
at every 200th message behind it, and at the end. Once the same on the carbon channel.

usage: late_join_test.py BINARIES [SEED]
       late_join_test.py BINARIES --demo SECONDS [SEED]      joins a demo that is running: tools/demo"""

import itertools
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

from feed_recorder import FeedRecorder, Stream
from feed_streams import check_known, streams_of
from late_joiner import BooksPicture, CarbonPicture
from venue_process import Venue

HERE = os.path.dirname(os.path.abspath(__file__))
TRADE_SECONDS = 10
JOINS = 10
EVERY = 200
LIMIT_S = 1.0
DELIVERED = {"feed-1": Stream("239.192.1.1", "239.192.1.2", 26400, 26410, 26420),
             "feed-carbon": Stream("239.192.1.3", "239.192.1.4", 26401, 26411, 26421)}


class Joining:
    """One who joins, as a process of his own."""

    def __init__(self, kind, command, directory, number):
        self.kind = kind
        self.path = os.path.join(directory, "joining-%d" % number)
        with open(self.path, "w", encoding="utf-8") as file:
            self.started_ns = time.monotonic_ns()
            self.process = subprocess.Popen(command, stdout=file, stderr=subprocess.PIPE, text=True)

    def read(self):
        """Waits for its end; what it told is in pictures then, by what and the next message's number."""
        _, complaint = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, (self.kind, complaint)
        self.pictures = {}
        with open(self.path, encoding="utf-8") as file:
            for line in file:
                words = line.split()
                if words[:1] != ["#"]:
                    picture.append(line.rstrip("\n"))
                    continue
                picture = self.pictures[words[1], int(words[2])] = []
                if words[1] == "joined":
                    self.seconds = (int(words[3]) - self.started_ns) / 1e9
                    self.snapshots = int(words[4])


class Joins:
    def __init__(self, binaries, streams, directory):
        self.binaries, self.streams, self.directory, self.all = binaries, streams, directory, []

    def add(self, kind, name, *command):
        stream = self.streams[name]
        addresses = ["%s:%d" % (host, port) for host, port in (
            (stream.group_a, stream.feed_port), (stream.group_b, stream.feed_port),
            ("127.0.0.1", stream.rerequest_port), ("127.0.0.1", stream.snapshot_port))]
        place = command.index("FEED")
        command = [*command[:place], *addresses, "DEMO", "demo-books", *command[place + 1:], str(EVERY)]
        self.all.append(Joining(kind, command, self.directory, len(self.all)))

    def python(self, what, name):
        self.add("%s, Python" % what, name, sys.executable, "-B", os.path.join(HERE, "late_joiner.py"), what, "FEED")

    def receiver(self, snapshot_messages):
        self.add("books, receiver", "feed-1", os.path.join(self.binaries, "feed_joiner"), "FEED",
                 str(snapshot_messages))

    def over(self, seconds, dice, check):
        """At random moments of the next seconds; where the receiver would not, every other one takes a snapshot."""
        begin = time.monotonic()
        moments = sorted(dice.uniform(0, seconds) for _ in range(JOINS))
        carbon = dice.randrange(JOINS // 2, JOINS)  # when there is something to tell
        for number, moment in enumerate(moments):
            time.sleep(max(0, begin + moment - time.monotonic()))
            check()
            self.python("books", "feed-1")
            self.receiver((5000, 0)[number % 2])
            if number == carbon:
                self.python("carbon", "feed-carbon")
        time.sleep(max(0, begin + seconds - time.monotonic()))

    def stop(self):
        for joining in self.all:
            joining.process.terminate()

    def close(self):
        for joining in self.all:
            joining.process.kill()
            joining.process.wait()
            joining.process.stderr.close()


def rebuild(picture, messages, numbers):
    """What one has who has had the stream from its first message, before each of these messages."""
    found = {}
    for sequence in range(1, max(numbers) + 1):
        if sequence in numbers:
            found[sequence] = picture.text()
        if sequence <= len(messages):
            picture.apply(sequence, messages[sequence - 1])
    return found


def check_pictures(joinings, truth, end):
    """How many there were."""
    count = 0
    for joining in joinings:
        for (what, sequence), picture in joining.pictures.items():
            right = truth[sequence]
            if "receiver" in joining.kind:
                right = [line for line in right if not line.startswith("state ")]
            differ = [pair for pair in itertools.zip_longest(picture, right) if pair[0] != pair[1]]
            assert not differ, "%s, %s %d: %d lines differ, the first are %s" % (
                joining.kind, what, sequence, len(differ), differ[:3])
            count += 1
        numbers = {what: sequence for what, sequence in joining.pictures}
        assert "joined" in numbers and "end" in numbers, (joining.kind, numbers)
        assert end is None or numbers["end"] == end, (joining.kind, numbers, end)
    return count


def check(joins, recorders, whole_session):
    for joining in joins.all:
        joining.read()
    for name, picture in (("feed-1", BooksPicture()), ("feed-carbon", CarbonPicture())):
        recorder = recorders[name]
        messages = recorder.stream()
        assert not recorder.problems, recorder.problems[:5]
        kinds = check_known(recorder.messages)
        mine = [j for j in joins.all if j.kind.startswith("carbon") == (name == "feed-carbon")]
        numbers = {sequence for j in mine for _, sequence in j.pictures}
        truth = rebuild(picture, messages, numbers)
        count = check_pictures(mine, truth, len(messages) + 1 if whole_session else None)
        lines = [len(truth[sequence]) for j in mine for what, sequence in j.pictures if what == "joined"]
        assert min(lines) > 100, "too little stood there to prove anything: %s" % lines
        print("%s: %d messages (%s), %d pictures of %d to %d lines where they joined, all right" % (
            name, len(messages), " ".join("%s %d" % item for item in sorted(kinds.items())), count, min(lines),
            max(lines)))


def report(joins):
    """Figures first, then the judgement."""
    groups = {}
    for joining in joins.all:
        how = "by a snapshot" if joining.snapshots else "by re-requests"
        groups.setdefault("%s, %s" % (joining.kind, how), []).append(joining.seconds)
    for what, seconds in sorted(groups.items()):
        print("%s: %d joined in %.3f s at the median, %.3f s at the most" % (
            what, len(seconds), statistics.median(seconds), max(seconds)))
    print("the first login, whose password was hashed: %.3f s" % joins.all[0].seconds)
    slow = [(j.kind, j.seconds) for j in joins.all if j.seconds >= LIMIT_S]
    assert not slow, "too slow: %s" % slow


def run_venue(binaries, dice):
    with Venue(binaries) as venue:
        streams = streams_of(venue)
        joins = Joins(binaries, streams, venue.directory)
        recorders = {name: FeedRecorder(stream) for name, stream in streams.items()}
        try:
            venue.start_all()
            venue.list_demo()
            trading = subprocess.Popen(
                [os.path.join(binaries, "carbonx-demo"), "trade", "--port", str(venue.fix_port),
                 "--group", venue.group_a, "--feed-port", str(venue.feed_port)], stdout=subprocess.DEVNULL)
            try:
                venue.tool("carbonx-admin", "change_labels", "instrument=V415024", "labels=icvcm_ccp,corsia")
                venue.tool("carbonx-admin", "halt", "V415024H")
                joins.over(TRADE_SECONDS, dice, venue.check_alive)
                venue.tool("carbonx-admin", "change_labels", "instrument=V415024", "labels=none")
                venue.tool("carbonx-admin", "resume", "V415024H")
            finally:
                trading.terminate()
                trading.wait(20)
            venue.tool("carbonx-admin", "phase", "closed")
            venue.wait(lambda: all(r.is_over() for r in recorders.values()), "the sessions do not end")
            check(joins, recorders, whole_session=True)
            report(joins)
        finally:
            joins.close()
            for recorder in recorders.values():
                recorder.close()


def run_demo(binaries, seconds, dice, directory):
    joins = Joins(binaries, DELIVERED, directory)
    recorders = {name: FeedRecorder(stream) for name, stream in DELIVERED.items()}
    try:
        joins.over(seconds, dice, lambda: None)
        joins.stop()
        time.sleep(0.5)
        check(joins, recorders, whole_session=False)
        report(joins)
    finally:
        joins.close()
        for recorder in recorders.values():
            recorder.close()


def main():
    binaries, *more = sys.argv[1:]
    seconds = None
    if more[:1] == ["--demo"]:
        seconds, more = float(more[1]), more[2:]
    seed = int(more[0]) if more else random.randrange(1 << 32)
    print("seed %d" % seed, flush=True)
    dice = random.Random(seed)
    if seconds is None:
        run_venue(binaries, dice)
    else:
        with tempfile.TemporaryDirectory(prefix="carbonx-test-") as directory:
            run_demo(binaries, seconds, dice, directory)
    print("ok")


if __name__ == "__main__":
    main()
