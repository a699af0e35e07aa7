"""A trading day's feed sent once more by carbonx-replay --publish: the demo's market trades, every packet of the live
lines is kept, and the replay's lines carry the same messages under the same numbers and session names, byte for byte,
packed or not, and as fast as it can or by the day's own clock.

usage: feed_replay_test.py BINARIES"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

from feed_recorder import FeedRecorder
from venue_process import Venue

TRADE_SECONDS = 5


class Lines:
    """Where a recorder is to listen."""

    def __init__(self, venue, group_a, group_b, port):
        self.group_a, self.group_b = group_a, group_b
        self.feed_port = port
        self.rerequest_port = venue.rerequest_port


class Recorders:
    """Of the books' lines and the carbon channel's; beginning: of the four groups; ports: of the two."""

    def __init__(self, venue, beginning, first, ports):
        groups = ["%s.%d" % (beginning, first + i) for i in range(4)]
        self.books = FeedRecorder(Lines(venue, *groups[:2], ports[0]))
        self.carbon = FeedRecorder(Lines(venue, *groups[2:], ports[1]))
        self.both = (self.books, self.carbon)

    def over(self):
        return all(one.last and one.last[2] == 0xFFFF for one in self.both)

    def close(self):
        for one in self.both:
            one.close()
        for one in self.both:
            assert not one.problems, one.problems[:5]
        self.messages = {**self.books.messages, **self.carbon.messages}


def wait(done, complaint, seconds=60):
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.02)


def trade(venue, beginning):
    """A day of the demo, as it was heard."""
    live = Recorders(venue, beginning, 1, (venue.feed_port, venue.carbon_port))
    listener = subprocess.Popen(
        [os.path.join(venue.binaries, "carbonx-listen"), "--settings", venue.settings, "--carbon", "--json", "messages"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    objects = []
    reader = threading.Thread(target=lambda: objects.extend(json.loads(line) for line in listener.stdout))
    reader.start()
    try:
        venue.list_demo()
        trading = subprocess.Popen(
            [os.path.join(venue.binaries, "carbonx-demo"), "trade", "--port", str(venue.fix_port),
             "--group", venue.group_a, "--feed-port", str(venue.feed_port),
             "--seconds", str(TRADE_SECONDS)], stdout=subprocess.PIPE, text=True)
        time.sleep(TRADE_SECONDS / 2)
        # Joined by a snapshot, it is whole at once.
        joined = venue.tool("carbonx-listen", "--once", "--user", "DEMO", "--password", "demo-books")
        assert re.search(r"whole\n.*snapshots=[01] .*contradictions=0", joined, re.DOTALL), joined
        time.sleep(TRADE_SECONDS / 2)
        trading.terminate()
        trading.communicate(timeout=20)
        venue.tool("carbonx-admin", "phase", "closed")
        wait(live.over, "the session does not end")
        time.sleep(0.3)  # the other line
    finally:
        listener.terminate()
        listener.wait(20)
        reader.join()
        live.close()
    for one in live.both:
        one.stream()
        assert not one.problems, one.problems[:5]
    carbon = live.carbon.messages
    told = [(o["sequence"], o["type"]) for o in objects]
    assert told == \
        [(number, chr(carbon[session, number][0])) for session, number in sorted(carbon)], (len(told), len(carbon), told[-3:], listener.stderr.read())
    assert any(o["type"] == "t" and o["closing"] == "Y" and o["volume"] > 0 for o in objects)
    return live.messages


def another_day(venue):
    """A short one behind it."""
    venue.tool("carbonx-admin", "phase", "pre_open", "20990101")
    venue.tool("carbonx-admin", "phase", "closed")


def publish(venue, beginning, *options):
    """What a replay sends. Stopped once it tells the end of the session."""
    heard = Recorders(venue, beginning, 101, (venue.feed_port, venue.feed_port + 1))
    replay = subprocess.Popen(
        [os.path.join(venue.binaries, "carbonx-replay"), "--settings", venue.settings,
         "--publish", "%s.101:%d" % (beginning, venue.feed_port), *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        wait(lambda: heard.over() or replay.poll() is not None, "the replayed session does not end")
        assert replay.poll() is None, replay.communicate()
        time.sleep(0.3)  # the other line
        replay.send_signal(signal.SIGTERM)
        output, complaint = replay.communicate(timeout=20)
    finally:
        replay.kill()
        heard.close()
    assert replay.returncode == 0, (replay.returncode, output, complaint)
    assert " identical " in output and output.count(" failed=0 ") == 2, output
    return heard


def same(live, heard, day):
    truth = {key: message for key, message in live.items() if key[0].startswith(day)}
    assert heard.messages == truth, "%d messages, %d live; the first that differ: %s" % (
        len(heard.messages), len(truth),
        sorted(key for key in set(truth) | set(heard.messages)
               if truth.get(key) != heard.messages.get(key))[:3])
    # Each line carried them all, once.
    assert sum(len(one.heard) for one in heard.both) == 2 * len(truth)
    assert not any(one.repeats for one in heard.both)
    return len(truth)


def refused(venue, complaint, *options):
    done = subprocess.run(
        [os.path.join(venue.binaries, "carbonx-replay"), "--settings", venue.settings, *options],
        capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and complaint in done.stderr, (options, done)


def refusals(venue, beginning):
    port = venue.feed_port
    for first in (beginning + ".0", *("%s.%d" % (beginning, i) for i in range(1, 5))):
        refused(venue, "is a group of the venue's own feed, by its settings: begin with another",
                "--publish", "%s:%d" % (first, port + 1))
    group = beginning + ".101"
    for wrong in ("10.0.0.1:%d" % port, "demo:1", group, group + ":", group + ":0", group + ":65536", group + ":1x"):
        refused(venue, "expected the first multicast group", "--publish", wrong)
    refused(venue, "is no multicast group: begin with a lower one", "--publish", "239.255.255.253:1")
    refused(venue, "there is no port for the last stream", "--publish", group + ":65535")
    good = ("--publish", "%s:%d" % (group, port))
    refused(venue, "no such trading day; there are", *good, "--day", "20260101")
    refused(venue, "leave out --from-snapshot", *good, "--from-snapshot")
    refused(venue, "cannot send multicast from 10.255.1.2", *good, "--interface", "10.255.1.2")
    refused(venue, "--day requires --publish", "--day", "20260101")
    done = subprocess.run(
        [os.path.join(venue.binaries, "carbonx-replay"), venue.data, *good], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and "--publish needs --settings FILE" in done.stderr, done


def run(venue):
    beginning = venue.group_a.rsplit(".", 1)[0]
    venue.start_all()
    live = trade(venue, beginning)
    another_day(venue)
    venue.stop()
    day = sorted({session for session, _ in live})[0][:8]
    fast = publish(venue, beginning, "--day", day.decode())
    count = same(live, fast, day)
    assert count > 1000, count
    paced = publish(venue, beginning, "--day", day.decode(), "--speed", "4")
    same(live, paced, day)
    # Packed where it is fast, packet by packet as things happened where it is not.
    packets = [sum(one.packets for one in heard.both) for heard in (fast, paced)]
    assert packets[0] * 3 < packets[1], packets
    last = publish(venue, beginning)
    assert {session for session, _ in last.messages} == {b"2099010101", b"20990101CC"}
    refusals(venue, beginning)
    print("ok: %d messages, replayed as they were; %d packets fast, %d paced" % (count, *packets))


def main():
    with Venue(sys.argv[1]) as venue:
        run(venue)


if __name__ == "__main__":
    main()
