"""The venue's clock jumps by hours, and its brokers' with it: the jump is reported, the venue's time never goes back
(the checker sees to that), the trading day goes on, timers still work."""

import mmap
import os
import re

import fix_broker
from fault_scene import SHIM, Scene, demand
from venue_process import NAMES

JUMPS_S = (3600, -7200, 5, -5, 12 * 3600, -8 * 3600)


class Clock:
    """The shim reads it all the time."""

    def __init__(self, path):
        self.path = path
        with open(path, "wb") as file:
            file.write(bytes(8))
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 8)

    def shift(self, seconds):
        self.memory[:] = (int(seconds) * 1_000_000_000).to_bytes(8, "little", signed=True)
        fix_broker.clock_shift_s = seconds


def run(binaries, rounds, seed, say):
    done = 0
    shim = os.path.join(os.path.abspath(binaries), SHIM)
    clock = Clock("/dev/shm/carbonx-clock-%d" % os.getpid())
    environment = {name: {"LD_PRELOAD": shim, "CARBONX_CLOCK_SHIFT": clock.path} for name in NAMES}
    try:
        with Scene(binaries, seed, environment=environment) as scene:
            now = 0
            for _ in range(rounds):
                for jump in JUMPS_S:
                    now += jump
                    jump_to(scene, clock, now, jump)
                    done += 1
                    say("a jump by %d s; %s" % (jump, scene.summary))
            scene.finish()
    finally:
        clock.shift(0)
        os.remove(clock.path)
    return "%d clock jumps" % done


def jump_to(scene, clock, seconds, jump):
    before = len(scene.output("engine"))
    clock.shift(seconds)
    scene.load.run(1)
    demand("clock jumped" in scene.output("engine")[before:], "a jump by %d s is not reported" % jump)
    scene.settle()
    cancel_on_disconnect(scene)
    # A restart finds the clock where it is.
    name = scene.random.choice(NAMES)
    scene.kill(name)
    scene.venue.start(name)
    scene.load.run(0.5)
    scene.settle()
    status = scene.venue.tool("carbonx-admin", "status")
    demand(re.search(r"phase\W+continuous", status), "the day has ended: " + status)
    scene.check()


def cancel_on_disconnect(scene):
    """Its grace time passes although the clock went back."""
    load = scene.load
    broker = load.brokers[2]
    load.burst(60)
    load.run(0.2)
    broker.close()
    load.retry_at = float("inf")  # nobody comes back
    load.run(1)
    load.retry_at = 0
    at = len(broker.received)
    scene.settle()
    reasons = [m.get(378) for m in broker.received[at:] if m[35] == "8" and m[150] == "4"]
    demand("7" in reasons, "orders were not cancelled on disconnect")
