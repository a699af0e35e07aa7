"""One trading day's feed is the same messages in the same order, byte for byte, however it comes: live while the
publisher is killed again and again (kill -9), and the engine once; asked for again; sent again by a publisher
that knows nothing of it; and replayed by carbonx-replay --publish, as fast as it can or by the day's own clock. Of
every stream: the books on two channels, the carbon channel.

usage: feed_bytes_test.py BINARIES [SEED]"""

import os
import random
import signal
import subprocess
import sys
import time

from feed_recorder import FeedRecorder, Stream
from feed_streams import add_channel, check_known, streams_of
from venue_process import Venue

# Kills at a write of a stream's cursor, which comes behind a send: what has just been sent is not counted yet, or it
# is. And how many writes go well before, at the most.
CURSOR_KILLS = (("feed-1", "before", 100), ("feed-1", "behind", 100), ("feed-2", "behind", 50),
                ("feed-carbon", "before", 1), ("feed-carbon", "behind", 1))


class Recorders:
    """Of all streams."""

    def __init__(self, streams):
        self.by_name = {}
        try:
            for name, stream in streams.items():
                self.by_name[name] = FeedRecorder(stream)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def all(self):
        return self.by_name.values()

    def close(self):
        for recorder in self.all():
            recorder.close()

    def wait_over(self, check, seconds=60):
        deadline = time.monotonic() + seconds
        while not all(recorder.is_over() for recorder in self.all()):
            check()
            assert time.monotonic() < deadline, "a session does not end"
            time.sleep(0.02)
        time.sleep(0.3)  # the other lines

    def messages(self, restarts=0):
        """By stream; nothing may be missing, of two contents, or out of order but right after a restart."""
        for name, recorder in self.by_name.items():
            assert all(count <= restarts for count in recorder.backwards.values()), (name, recorder.backwards)
            recorder.stream()  # asks for what was lost
            assert not recorder.problems, (name, recorder.problems[:5])
            # What no line brought was left out, unless it was lost here.
            assert recorder.asked == 0 or sum(recorder.dropped) > 0, "%s: a number was skipped" % name
        return {name: recorder.messages for name, recorder in self.by_name.items()}

    def count(self, what):
        return sum(getattr(recorder, what) for recorder in self.all())


class Kills:
    """Of the publisher, but for engine()."""

    def __init__(self, venue, dice):
        self.venue, self.dice, self.done = venue, dice, 0

    def kill(self, name):
        self.venue.kill(name)
        self.done += 1

    def by_clock(self):
        time.sleep(self.dice.uniform(0, 0.4))
        self.kill("publisher")
        self.venue.start("publisher")

    def while_starting(self):
        self.by_clock()
        time.sleep(self.dice.uniform(0, 0.2))
        self.kill("publisher")
        self.venue.start("publisher")

    def at_cursor(self, name, when, most):
        venue = self.venue
        self.kill("publisher")
        venue.environment["publisher"] = {
            "LD_PRELOAD": os.path.join(venue.binaries, "carbonx-fault-shim.so"), "CARBONX_FAULT_CALL": "write",
            "CARBONX_FAULT_FILES": "/%s.cursor" % name, "CARBONX_FAULT_ERROR": "killed-" + when,
            "CARBONX_FAULT_AFTER": str(self.dice.randint(0, most))}
        venue.start("publisher")
        venue.environment.clear()
        status = venue.processes.pop("publisher").wait(20)
        assert status == -signal.SIGKILL, (status, venue.outputs())
        self.done += 1
        venue.start("publisher")

    def engine(self):
        time.sleep(self.dice.uniform(0, 0.4))
        self.venue.kill("engine")
        self.venue.start("engine")
        self.venue.wait(lambda: self.venue.tool_works("carbonx-admin", "status"), "the engine does not answer")

    def all_in_some_order(self):
        steps = [self.by_clock, self.by_clock, self.while_starting, self.engine]
        steps += [lambda kill=kill: self.at_cursor(*kill) for kill in CURSOR_KILLS]
        self.dice.shuffle(steps)
        for step in steps:
            step()
            self.venue.check_alive()


def live_day(venue, streams, dice):
    """The messages by stream."""
    with Recorders(streams) as live:
        venue.start_all()
        venue.list_demo()
        trading = subprocess.Popen(
            [os.path.join(venue.binaries, "carbonx-demo"), "trade", "--port", str(venue.fix_port),
             "--group", venue.group_a, "--feed-port", str(venue.feed_port)], stdout=subprocess.DEVNULL)
        try:
            time.sleep(1)
            kills = Kills(venue, dice)
            kills.all_in_some_order()
            venue.tool("carbonx-admin", "change_labels", "instrument=V415024", "labels=icvcm_ccp,corsia")
            venue.tool("carbonx-admin", "halt", "V415024H")
            time.sleep(1)
        finally:
            trading.terminate()
            trading.wait(20)
        venue.tool("carbonx-admin", "phase", "closed")
        live.wait_over(venue.check_alive)
        messages = live.messages(kills.done)
        asked = {name: asked_for(recorder) for name, recorder in live.by_name.items()}
        print("live: %d messages, %d kills of the publisher, after which it sent %d again" % (
            sum(map(len, messages.values())), kills.done, live.count("repeats")))
        assert live.count("repeats") > 0, "no kill came between a send and its count"
    same(messages, asked, "asked for again")
    return messages


def asked_for(recorder):
    """The whole session once more, by re-requests."""
    known, recorder.messages = recorder.messages, dict([max(recorder.messages.items())])
    recorder.stream()
    assert not recorder.problems, recorder.problems[:5]
    asked, recorder.messages = recorder.messages, known
    return asked


def sent_again(venue, streams):
    """By a publisher that has no files of its own."""
    venue.kill("publisher")
    for name in os.listdir(venue.data):
        if name.startswith("feed-"):
            os.remove(os.path.join(venue.data, name))
    with Recorders(streams) as heard:
        venue.start("publisher")
        heard.wait_over(venue.check_alive)
        return heard.messages()


def another_day(venue):
    """A short one behind it."""
    venue.tool("carbonx-admin", "phase", "pre_open", "20990101")
    venue.tool("carbonx-admin", "phase", "closed")


def replayed(venue, streams, group, *options):
    """What a replay sends, and in how many packets. It is stopped once it tells the end of the sessions."""
    beginning, first = group.rsplit(".", 1)
    groups = ["%s.%d" % (beginning, int(first) + i) for i in range(2 * len(streams))]
    places = {name: Stream(*groups[2 * i:2 * i + 2], venue.feed_port + i, None, None)
              for i, name in enumerate(streams)}
    with Recorders(places) as heard:
        replay = subprocess.Popen(
            [os.path.join(venue.binaries, "carbonx-replay"), "--settings", venue.settings,
             "--publish", "%s:%d" % (group, venue.feed_port), *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

        def check():
            assert replay.poll() is None, replay.communicate()
        try:
            heard.wait_over(check)
            replay.send_signal(signal.SIGTERM)
            output, complaint = replay.communicate(timeout=20)
        finally:
            replay.kill()
        assert replay.returncode == 0, (replay.returncode, output, complaint)
        assert " identical " in output and output.count(" failed=0 ") == len(streams), output
        messages = heard.messages()
        # Each line carried them all, once.
        assert heard.count("repeats") == 0
        assert sum(len(r.heard) for r in heard.all()) == 2 * sum(map(len, messages.values()))
        return messages, heard.count("packets")


def same(truth, heard, how):
    for name in truth:
        differ = sorted(key for key in {**truth[name], **heard[name]}
                        if truth[name].get(key) != heard[name].get(key))
        assert not differ, "%s, %s: %d of %d messages differ, the first are %s" % (
            name, how, len(differ), len(truth[name]), differ[:3])


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


def check_day(messages):
    """That it proves anything, and has nothing that the specification does not know."""
    kinds = {name: check_known(stream) for name, stream in messages.items()}
    print("types: " + "; ".join("%s %s" % (name, " ".join("%s %d" % item for item in sorted(found.items())))
                                for name, found in kinds.items()))
    for name, wanted in (("feed-1", "SRHAEDU"), ("feed-2", "SRHAEDU"), ("feed-carbon", "Spicstl")):
        assert set(wanted) <= set(kinds[name]), "%s has only %s" % (name, kinds[name])
    assert all(sum(found.values()) > 500 for found in kinds.values()), kinds


def run(venue, dice):
    streams = streams_of(venue)
    second = add_channel(venue, 2, "G")
    streams = {"feed-1": streams["feed-1"], "feed-2": second, "feed-carbon": streams["feed-carbon"]}
    live = live_day(venue, streams, dice)
    check_day(live)
    same(live, sent_again(venue, streams), "sent again")
    another_day(venue)
    venue.stop()
    group = venue.group_a.rsplit(".", 1)[0] + ".101"
    session, _ = next(iter(live["feed-1"]))
    day = session[:8].decode()
    fast, fast_packets = replayed(venue, streams, group, "--day", day)
    same(live, fast, "replayed")
    paced, paced_packets = replayed(venue, streams, group, "--day", day, "--speed", "4")
    same(live, paced, "replayed at speed 4")
    # Packed where it is fast, packet by packet as things happened where it is not.
    assert fast_packets * 3 < paced_packets, (fast_packets, paced_packets)
    last, _ = replayed(venue, streams, group)
    assert {session for stream in last.values() for session, _ in stream} == {
        b"2099010101", b"2099010102", b"20990101CC"}
    refusals(venue, group)
    print("ok: live, asked for again, sent again and replayed are the same; %d packets fast, %d paced" % (
        fast_packets, paced_packets))


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    print("seed %d" % seed, flush=True)
    with Venue(sys.argv[1]) as venue:
        run(venue, random.Random(seed))


if __name__ == "__main__":
    main()
