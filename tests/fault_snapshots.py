"""Damaged snapshots: after a kill a bit of the newest ones is flipped, and sometimes of all. The engine says so and starts
from an older one, or from the first command; nothing is lost."""

import os
import time

from fault_scene import Scene, demand

COMMANDS = 500  # slots of commands between two snapshots


def run(binaries, count, seed, say):
    with Scene(binaries, seed, {"commands": str(COMMANDS)}) as scene:
        for i in range(count):
            wait_for_snapshots(scene, 2)
            scene.kill("engine")
            damaged = damage(scene, all_of_them=i % 3 == 2)
            before = len(scene.output("engine"))
            scene.venue.start("engine")
            scene.settle()
            text = scene.output("engine")[before:]
            for name in damaged:
                demand(name in text, "%s is damaged, and the engine says: %s" % (name, text))
            scene.check()
            say("%d damaged snapshots; %s" % (len(damaged), scene.summary))
        scene.finish()
    return "%d starts with damaged snapshots" % count


def directory(scene):
    return os.path.join(scene.venue.data, "snapshots")


def snapshots(scene):
    """The newest last: their names have the command's number, with zeros before it."""
    try:
        return sorted(name for name in os.listdir(directory(scene)) if name.endswith(".state"))
    except FileNotFoundError:
        return []


def wait_for_snapshots(scene, count):
    """Until there are some that were not there before."""
    old = set(snapshots(scene))
    deadline = time.monotonic() + 60
    while len(set(snapshots(scene)) - old) < count:
        demand(time.monotonic() < deadline, "no snapshots are made")
        scene.load.run(0.2)


def damage(scene, all_of_them):
    names = snapshots(scene)
    if not all_of_them:
        names = names[-1:]
    for name in names:
        path = os.path.join(directory(scene), name)
        at = scene.random.randrange(os.path.getsize(path))
        with open(path, "r+b") as file:
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 1 << scene.random.randrange(8)]))
    return names
