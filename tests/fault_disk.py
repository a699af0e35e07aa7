"""A full disk, and a disk that fails: the process that cannot write stops at once, with a message that names cause and
mend; nothing that was acknowledged is lost; when the disk is mended, it starts and goes on."""

import os
import time

from fault_power import Disk, data_on
from fault_scene import SHIM, Scene, demand
from venue_process import NAMES

# Which process, files that fail, call, error. The engine's journal and event log, the gateway's stores, the
# publisher's history.
FAILURES = (
    ("engine", "/journal/journal-", "write", "EIO"),
    ("engine", "/journal/journal-", "write", "ENOSPC"),
    ("engine", "/journal/journal-", "write", "short"),
    ("engine", "/journal/journal-", "write", "short-ENOSPC"),
    ("engine", "/journal/journal-", "sync", "EIO"),
    ("engine", "/journal/journal-", "sync", "ENOSPC"),
    ("engine", "/journal/spare-", "write", "ENOSPC"),
    ("engine", "/events.log", "write", "EIO"),
    ("engine", "/events.log", "write", "short-ENOSPC"),
    ("gateway", "/sessions/", "write", "EIO"),
    ("gateway", "/sessions/", "write", "short-ENOSPC"),
    ("gateway", "/sessions/", "sync", "EIO"),
    ("publisher", "/feed-", "write", "EIO"),
    ("publisher", "/feed-", "write", "short-ENOSPC"),
)


def run_full(binaries, count, seed, say):
    """The whole data directory's disk runs full under load, once for each of `count`."""
    with Disk(mib=64) as disk:
        settings = {"disk_low_mib": "24"}
        with Scene(binaries, seed, settings, data_on(disk), rate=900) as scene:
            for i in range(count):
                stopped = fill_up(scene, disk)
                say("full disk %d: %s stopped and went on" % (i + 1, ", ".join(stopped)))
            scene.finish()
            say(scene.summary)
    return "%d times a full disk" % count


def free_mib(directory):
    status = os.statvfs(directory)
    return status.f_bavail * status.f_frsize >> 20


def fill_up(scene, disk):
    filler = os.path.join(disk.mount_point, "filler")
    before = len(scene.output("engine"))
    # Low first: the warning comes while everything works.
    with open(filler, "wb") as file:
        take(file, max(0, free_mib(disk.mount_point) - 20))
        scene.load.wait(lambda: (scene.load.run(0.2), "is low" in scene.output("engine")[before:])[1],
                        "no warning of low space")
        demand("make room" in scene.output("engine")[before:], "the warning does not name the mend")
        take(file, 1 << 20)
        ended = wait_for_ends(scene)
    os.remove(filler)
    for name in ended:
        text = scene.output(name).strip().splitlines()[-1]
        demand("No space left" in text, "carbonx-%s stopped with: %s" % (name, text))
        demand("see to the cause" in text, "no mend is named: " + text)
        scene.venue.start(name)
    scene.settle()
    scene.check()
    return ended


def take(file, mib):
    """As much of the disk as there is, at most."""
    try:
        for _ in range(mib << 4):
            file.write(bytes(1 << 16))
            file.flush()
    except OSError:
        pass


def wait_for_ends(scene):
    """Until the engine has ended, and whoever else does in the same time."""
    deadline = time.monotonic() + 60
    while scene.venue.processes["engine"].poll() is None:
        demand(time.monotonic() < deadline, "the engine goes on with a full disk")
        scene.load.run(0.1)
    scene.load.run(0.5)
    ended = []
    for name in NAMES:
        status = scene.venue.processes[name].poll()
        if status is not None:
            demand(status == 1, "carbonx-%s ended with %d" % (name, status))
            scene.wait_ended(name)
            ended.append(name)
    return ended


def run_errors(binaries, count, seed, say):
    """Kinds of failure in turn, from a random one on, each after a random number of calls that go well."""
    shim = os.path.join(os.path.abspath(binaries), SHIM)
    done = 0
    while done < count:
        with Scene(binaries, seed + done) as scene:
            for _ in range(min(count - done, len(FAILURES))):
                failure = FAILURES[(seed + done) % len(FAILURES)]
                fail(scene, shim, *failure)
                done += 1
                say("%s: %s of %s fails with %s; %s" % (
                    failure[0], failure[2], failure[1], failure[3], scene.summary))
            scene.finish()
    return "%d disk errors" % done


def most_before(name, files, call):
    """Calls that go well: rare ones fail soon."""
    if name == "gateway" and call == "sync":
        return 3
    return 8 if "spare-" in files else 200


def fill_segment(scene):
    """A next segment is wanted early, and missed late: when the present one is full."""
    rate, scene.load.rate = scene.load.rate, 1500
    deadline = time.monotonic() + 60
    while scene.venue.processes["engine"].poll() is None and time.monotonic() < deadline:
        scene.load.run(0.1)
    scene.load.rate = rate
    demand("no next journal segment" in scene.output("engine"), "nobody was warned in time")


def fail(scene, shim, name, files, call, error):
    log = os.path.join(scene.venue.directory, "faults.log")
    scene.kill(name)
    if os.path.exists(log):
        os.remove(log)
    scene.venue.environment[name] = {
        "LD_PRELOAD": shim, "CARBONX_FAULT_FILES": files, "CARBONX_FAULT_CALL": call,
        "CARBONX_FAULT_ERROR": error, "CARBONX_FAULT_LOG": log,
        "CARBONX_FAULT_AFTER": str(scene.random.randint(0, most_before(name, files, call)))}
    before = len(scene.output(name))
    scene.venue.start(name)
    scene.venue.environment.clear()
    if error == "short":
        # Not a failure yet: the rest is written by a second call.
        deadline = time.monotonic() + 20
        while not os.path.exists(log):
            demand(time.monotonic() < deadline, "nothing was written short")
            scene.load.run(0.1)
        scene.settle()
    else:
        if "spare-" in files:
            fill_segment(scene)
        status = scene.wait_ended(name)
        text = scene.output(name)[before:].strip()
        demand(status == 1, "carbonx-%s ended with %d: %s" % (name, status, text))
        cause = "Input/output error" if error == "EIO" else "No space left"
        demand(cause in text and files.strip("/.") in text, "no cause is named: " + text)
        if call == "sync":
            with open(log, encoding="utf-8") as file:
                demand(len(file.readlines()) == 1, "a sync that had failed was tried again")
        scene.venue.start(name)
        scene.settle()
    scene.check()
