"""SIGSTOP of each process for some seconds under load: a gateway that does not move is dead to the engine, and its
sessions' orders are cancelled where they asked for it; a stalled engine or publisher holds everything up; then
all go on, and nothing is lost."""

import signal

from fault_scene import SETTINGS, Scene, demand
from venue_process import NAMES


def run(binaries, rounds, seed, say):
    done = 0
    with Scene(binaries, seed) as scene:
        for _ in range(rounds):
            for name in NAMES:
                stall(scene, name)
                done += 1
                scene.check()
                say("%s stopped and continued; %s" % (name, scene.summary))
        scene.finish()
    return "%d stops" % done


def stall(scene, name):
    load = scene.load
    load.burst(40)
    load.run(scene.random.uniform(0, 0.1))
    process = scene.venue.processes[name]
    process.send_signal(signal.SIGSTOP)
    # Longer than the silence after which the engine gives a gateway up, and its cancel grace.
    silence = (int(SETTINGS["source_silence_ms"]) + int(SETTINGS["cancel_grace_ms"])) / 1000
    try:
        load.run(silence + scene.random.uniform(1, 2))
        if name == "gateway":
            events = scene.venue.tool("carbonx-dump", "--events")
            last = [line for line in events.splitlines()
                    if line.startswith("source_changed ") and "which=gateway" in line][-1]
            demand("epoch=" not in last, "the engine takes a stopped gateway for a live one")
            demand("reason=disconnected" in events, "nothing was cancelled on disconnect")
    finally:
        process.send_signal(signal.SIGCONT)
    load.run(0.3)
    scene.settle()
