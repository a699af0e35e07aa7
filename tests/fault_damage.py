"""Damage to the files of a venue that was killed: its journal cut at bytes of the last frame, and bits flipped
anywhere. The engine and carbonx-dump say so, in words and with status 1, or go on with what no frame lacks; never
with something else, and never by a crash. A sample: journal_test.cpp has every byte and every bit."""

import os
import re
import shutil
import subprocess
import tempfile

from fault_scene import Scene, demand

SAMPLE = 12
BLOCK = 4096
MAGIC = b"CABXJRNL"


def run(binaries, rounds, seed, say):
    done = 0
    # Without snapshots: a start then reads all of the journal.
    with Scene(binaries, seed, {"commands": "1000000", "minutes": "0"}) as scene:
        for _ in range(rounds):
            scene.load.run(0.5)
            scene.load.burst(30)
            scene.kill("engine")
            scene.load.run(0.1)
            done += damage_copies(scene, say)
            scene.venue.start("engine")
            scene.settle()
        scene.finish()
    return "%d damaged journals" % done


def damage_copies(scene, say):
    whole = replay(scene, scene.venue.data)
    demand(whole.returncode == 0, "the undamaged journal: " + whole.stderr)
    cut = flipped = 0
    for _ in range(SAMPLE):
        cut += try_copy(scene, cut_last_frame)
        flipped += try_copy(scene, flip_bit)
    say("%d journals cut, %d with a flipped bit" % (cut, flipped))
    return cut + flipped


def try_copy(scene, damage):
    directory = tempfile.mkdtemp(prefix="carbonx-damage-", dir=scene.venue.directory)
    copy = os.path.join(directory, "data")
    shutil.copytree(scene.venue.data, copy)
    try:
        where, torn = damage(scene, os.path.join(copy, "journal"))
        judge(start_engine(scene, directory), where, torn)
        dumped = dump(scene, copy)
        demand(dumped.returncode in (0, 1), "carbonx-dump crashed at %s: %s" % (where, dumped.stderr))
        demand(torn or dumped.returncode == 1, "carbonx-dump sees nothing of %s" % where)
        return 1
    finally:
        shutil.rmtree(directory)


def segments(journal):
    """Those that hold frames."""
    paths = sorted(os.path.join(journal, n) for n in os.listdir(journal) if n.endswith(".seg"))
    return [path for path in paths if frames(path)]


def frames(path):
    """Beginnings of the frames."""
    with open(path, "rb") as file:
        content = file.read()
    return [at for at in range(0, len(content), BLOCK) if content[at:at + 8] == MAGIC]


def cut_last_frame(scene, journal):
    """The event log goes, too: with it, the engine would know that the frame had been acknowledged."""
    path = segments(journal)[-1]
    begin = frames(path)[-1]
    with open(path, "r+b") as file:
        end = begin + 64 + 64 * frame_slots(path, begin)
        at = scene.random.randrange(begin, end)
        file.truncate(at)
        if scene.random.random() < 0.5:
            file.truncate(os.path.getsize(path) // BLOCK * BLOCK + BLOCK)  # zeros behind
    os.remove(os.path.join(os.path.dirname(journal), "events.log"))
    return "%s cut at byte %d" % (os.path.basename(path), at), True


def frame_slots(path, begin):
    with open(path, "rb") as file:
        file.seek(begin + 12)
        return int.from_bytes(file.read(4), "little")


def flip_bit(scene, journal):
    path, begin = scene.random.choice([(p, b) for p in segments(journal) for b in frames(p)])
    with open(path, "r+b") as file:
        content = file.read()
        bit = scene.random.randrange(8 * (64 + 64 * frame_slots(path, begin)))
        at = begin + bit // 8
        file.seek(at)
        file.write(bytes([content[at] ^ 1 << bit % 8]))
    return "%s, byte %d, bit %d" % (os.path.basename(path), at, bit % 8), False


def start_engine(scene, directory):
    """With rings of its own; what it says, and its status if it ended by itself within some seconds."""
    settings = os.path.join(directory, "venue.toml")
    with open(scene.venue.settings, encoding="utf-8") as file:
        text = file.read()
    text = re.sub(r"(?m)^(data_directory\s*=\s*).*$", r'\1"%s/data"' % directory, text)
    text = re.sub(r"(?m)^(log_directory\s*=\s*).*$", r'\1"%s/log"' % directory, text)
    text = re.sub(r"(?m)^(runtime_directory\s*=\s*).*$", r'\1"%s/runtime"' % directory, text)
    with open(settings, "w", encoding="utf-8") as file:
        file.write(text)
    return subprocess.run(
        ["timeout", "1", os.path.join(scene.venue.binaries, "carbonx-engine"), "--settings", settings],
        capture_output=True, text=True, timeout=30)


def judge(done, where, torn):
    status = 0 if done.returncode == 124 else done.returncode  # it ran until it was told to stop
    demand(status in (0, 1), "%s: the engine ended with %d: %s" % (where, status, done.stderr))
    if not torn:
        demand(status == 1, "%s: the engine started" % where)
        demand("restore" in done.stderr.lower(), "%s: no mend is named: %s" % (where, done.stderr))
    else:
        demand(status == 0, "%s: nobody had been told of it, and yet: %s" % (where, done.stderr))


def dump(scene, data):
    return subprocess.run([os.path.join(scene.venue.binaries, "carbonx-dump"), data, "--verify"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=60)


def replay(scene, data):
    return subprocess.run([os.path.join(scene.venue.binaries, "carbonx-replay"), data, "--partial"],
                          capture_output=True, text=True, timeout=60)
