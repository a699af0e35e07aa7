"""A trading day's feed sent once more by carbonx-replay --publish: the demo's market trades, every packet of the live
lines is kept, and the replay's lines carry the same messages under the same numbers and session names, byte for byte,
packed or not, and as fast as it can or by the day's own clock.

usage: feed_replay_test.py BINARIES"""

import os
import signal
import subprocess
import sys
import time

from feed_recorder import FeedRecorder
from venue_process import Venue

TRADE_SECONDS = 5


class Lines:
    """Where a recorder is to listen."""

    def __init__(self, venue, first, port):
        beginning, last = first.rsplit(".", 1)
        self.group_a = first
        self.group_b = "%s.%d" % (beginning, int(last) + 1)
        self.feed_port = port
        self.rerequest_port = venue.rerequest_port


def trade(venue):
    """A day of the demo, as it was heard."""
    live = FeedRecorder(venue)
    try:
        venue.list_demo()
        trading = subprocess.Popen(
            [os.path.join(venue.binaries, "carbonx-demo"), "trade", "--port", str(venue.fix_port),
             "--group", venue.group_a, "--feed-port", str(venue.feed_port),
             "--seconds", str(TRADE_SECONDS)], stdout=subprocess.PIPE, text=True)
        time.sleep(TRADE_SECONDS)
        trading.terminate()
        trading.communicate(timeout=20)
        venue.tool("carbonx-admin", "phase", "closed")
        deadline = time.monotonic() + 10
        while live.last[2] != 0xFFFF:
            assert time.monotonic() < deadline, "the session does not end"
            time.sleep(0.05)
    finally:
        live.close()
    live.stream()  # asks for what was lost on both lines
    assert not live.problems, live.problems[:5]
    return live.messages


def another_day(venue):
    """A short one behind it."""
    venue.tool("carbonx-admin", "phase", "pre_open", "20990101")
    venue.tool("carbonx-admin", "phase", "closed")


def publish(venue, group, *options):
    """What a replay sends. Stopped once it tells the end of the session."""
    heard = FeedRecorder(Lines(venue, group, venue.feed_port))
    replay = subprocess.Popen(
        [os.path.join(venue.binaries, "carbonx-replay"), "--settings", venue.settings,
         "--publish", "%s:%d" % (group, venue.feed_port), *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 60
        while heard.last is None or heard.last[2] != 0xFFFF:
            assert replay.poll() is None, replay.communicate()
            assert time.monotonic() < deadline, "the replayed session does not end"
            time.sleep(0.02)
        time.sleep(0.3)  # the other line
        replay.send_signal(signal.SIGTERM)
        output, complaint = replay.communicate(timeout=20)
    finally:
        replay.kill()
        heard.close()
    assert replay.returncode == 0, (replay.returncode, output, complaint)
    assert " identical " in output and " failed=0 " in output, output
    assert not heard.problems, heard.problems[:5]
    return heard


def same(live, heard, day):
    truth = {key: message for key, message in live.items() if key[0] == day}
    assert heard.messages == truth, "%d messages, %d live; the first that differ: %s" % (
        len(heard.messages), len(truth),
        sorted(key for key in set(truth) | set(heard.messages)
               if truth.get(key) != heard.messages.get(key))[:3])
    # Each line carried them all, once.
    assert len(heard.heard) == 2 * len(truth) and heard.repeats == 0
    return len(truth)


def refused(venue, complaint, *options):
    done = subprocess.run(
        [os.path.join(venue.binaries, "carbonx-replay"), "--settings", venue.settings, *options],
        capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and complaint in done.stderr, (options, done)


def refusals(venue, group):
    ours, port = venue.group_a, venue.feed_port
    before = ours[:-1] + "0"
    for first in (ours, before, venue.carbon_group_b):
        refused(venue, "is a group of the venue's own feed, by its settings: begin with another",
                "--publish", "%s:%d" % (first, port + 1))
    for wrong in ("10.0.0.1:%d" % port, "demo:1", group, group + ":", group + ":0", group + ":65536", group + ":1x"):
        refused(venue, "expected the first multicast group", "--publish", wrong)
    refused(venue, "is no multicast group: begin with a lower one", "--publish", "239.255.255.255:1")
    good = ("--publish", "%s:%d" % (group, port))
    refused(venue, "no such trading day; there are", *good, "--day", "20260101")
    refused(venue, "leave out --from-snapshot", *good, "--from-snapshot")
    refused(venue, "cannot send multicast from 10.255.1.2", *good, "--interface", "10.255.1.2")
    refused(venue, "--day requires --publish", "--day", "20260101")
    done = subprocess.run(
        [os.path.join(venue.binaries, "carbonx-replay"), venue.data, *good], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and "--publish needs --settings FILE" in done.stderr, done


def run(venue):
    venue.start_all()
    live = trade(venue)
    another_day(venue)
    venue.stop()
    day = sorted({session for session, _ in live})[0]
    group = venue.group_a.rsplit(".", 1)[0] + ".101"
    fast = publish(venue, group, "--day", day[:8].decode())
    count = same(live, fast, day)
    assert count > 1000, count
    paced = publish(venue, group, "--day", day[:8].decode(), "--speed", "4")
    same(live, paced, day)
    # Packed where it is fast, packet by packet as things happened where it is not.
    assert fast.packets * 3 < paced.packets, (fast.packets, paced.packets)
    last = publish(venue, group)
    assert {session for session, _ in last.messages} == {b"2099010101"}, last.sessions
    refusals(venue, group)
    print("ok: %d messages, replayed as they were; %d packets fast, %d paced" % (count, fast.packets, paced.packets))


def main():
    with Venue(sys.argv[1]) as venue:
        run(venue)


if __name__ == "__main__":
    main()
