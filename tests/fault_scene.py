"""A venue under load whose clients' every word is recorded, for the fault suite: start it, do something to
it, go on, let the checker judge."""

import os
import random
import subprocess
import sys
import time

from feed_recorder import FeedRecorder
from market_load import MarketLoad, more_listings, more_settings
from recording import Recording
from venue_process import NAMES, Venue

# Small, so that a start is quick and segments change often; short waits, so that they happen.
SETTINGS = {
    "segment_mib": "4",
    "event_window_slots": "131072",
    "source_silence_ms": "700",
    "cancel_grace_ms": "300",
    "positions": "65536",
    "ranges": "262144",
    "orders": "65536",
    "levels": "1048576",
    "commands": "4000",  # between two snapshots
    "directory": None,   # no archive: the whole journal stays, and is replayed at the end
}
SHIM = "carbonx-fault-shim.so"  # built from faults/shim.cpp
CHECKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "check_venue.py")


class Skipped(Exception):
    """What this machine forbids."""


class Wrong(Exception):
    """What the venue did wrong."""


def demand(condition, complaint):
    if not condition:
        raise Wrong(complaint)


class Scene:
    def __init__(self, binaries, seed, settings=None, data="data", environment=None, rate=300):
        self.seed = seed
        self.random = random.Random(seed)
        self.venue = Venue(binaries, settings={**SETTINGS, **(settings or {})}, data=data,
                           more_settings=more_settings())
        self.venue.environment = environment or {}
        self.rate = rate
        self.recording = Recording(os.path.join(self.venue.directory, "recording"))
        self.recorder = None
        self.load = None
        self.summary = ""

    def __enter__(self):
        try:
            self.begin()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def begin(self):
        self.venue.start_all()
        self.recorder = FeedRecorder(self.venue, self.recording)
        self.venue.list_demo(more_listings())
        with open(self.venue.listings(), encoding="utf-8") as file:
            for line in file:
                self.recording.write("o", line.strip())
        self.load = MarketLoad(self.venue, self.seed, self.recording, self.rate)
        self.load.learn_symbols()
        self.load.run(0.5)

    def __exit__(self, kind, *_):
        if self.recorder:
            self.recorder.close()
        self.recording.close()
        self.venue.close(keep=kind is not None)

    def kill(self, name):
        self.recording.write("!", name)
        self.venue.kill(name)

    def settle(self, seconds=30):
        """Until the venue answers everybody again."""
        try:
            self.load.wait_logged_on(seconds)
            self.load.pulse(seconds)
        finally:
            self.venue.check_alive()

    def wait_ended(self, name, seconds=30):
        """Until that process has ended by itself; its exit status."""
        process = self.venue.processes[name]
        deadline = time.monotonic() + seconds
        while process.poll() is None:
            demand(time.monotonic() < deadline, "carbonx-%s does not stop" % name)
            self.load.run(0.02)
        del self.venue.processes[name]
        self.recording.write("!", name)
        return process.returncode

    def output(self, name):
        path = os.path.join(self.venue.directory, name + ".out")
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def log(self, name):
        """All that the process has logged."""
        path = os.path.join(self.venue.directory, "log", "carbonx-%s.log" % name)
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def check(self):
        """What the clients have been told so far, judged."""
        self.settle()
        self.load.ask_status()
        self.wait_feed()
        self.recorder.stream()
        self.recording.flush()
        done = subprocess.run([sys.executable, "-B", CHECKER, self.recording.path],
                              capture_output=True, text=True, timeout=600)
        lines = done.stdout.strip().splitlines()
        self.summary = lines[-1] if lines else ""
        demand(done.returncode == 0, "the checker: %s\n%s%s" % (
            self.summary, done.stdout, done.stderr))

    def wait_feed(self):
        """Until a heartbeat has said that there is no more."""
        now = time.monotonic()

        def quiet():
            last = self.recorder.last
            return last and last[3] > now and last[2] == 0
        self.load.wait(quiet, "the feed has no heartbeat")

    def finish(self):
        """The last judgement; then the venue stops and its journal must give the same events again."""
        self.check()
        self.venue.stop()
        replayed = self.venue.tool("carbonx-replay")
        demand("identical" in replayed, "carbonx-replay: " + replayed)

    def start_missing(self):
        for name in NAMES:
            if name not in self.venue.processes:
                self.venue.start(name)
