"""Power cuts: the data directory is on an ext4 of its own, in a file that is mounted as a disk, and the file system is
shut down under load, so that nothing more reaches it and what was not synced is gone. Then every process is
killed, the shared memory is emptied, the disk is mounted again, and the same brokers go on."""

import fcntl
import os
import shutil
import struct
import subprocess
import tempfile
import time

from fault_scene import SHIM, Scene, Skipped
from venue_process import NAMES

LIFE = 25
CHECK = 5
EXT4_IOC_SHUTDOWN = 0x8004587D
# Whether the file system's own journal is written first. Data are not, in either case.
LOGFLUSH, NOLOGFLUSH = 1, 2


def system(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise OSError("%s: %s" % (" ".join(command), done.stderr.strip()))


class Disk:
    """An ext4 in a file; unmounted and deleted at the end."""

    def __init__(self, mib=512):
        if os.geteuid() != 0:
            raise Skipped("only root can mount a disk")
        self.directory = tempfile.mkdtemp(prefix="carbonx-disk-")
        self.image = os.path.join(self.directory, "image")
        self.mount_point = os.path.join(self.directory, "disk")
        os.mkdir(self.mount_point)
        self.mounted = False
        try:
            with open(self.image, "wb") as file:
                file.truncate(mib << 20)
            system("mkfs.ext4", "-q", "-F", self.image)
            self.mount()
        except OSError as error:
            self.close()
            raise Skipped("no disk can be mounted here: %s" % error) from error

    def mount(self):
        system("mount", "-o", "loop", self.image, self.mount_point)
        self.mounted = True

    def unmount(self):
        deadline = time.monotonic() + 10
        while True:
            try:
                system("umount", self.mount_point)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        self.mounted = False

    def shut_down(self, how):
        directory = os.open(self.mount_point, os.O_RDONLY)
        try:
            fcntl.ioctl(directory, EXT4_IOC_SHUTDOWN, struct.pack("I", how))
        finally:
            os.close(directory)

    def examine(self):
        """Raises what is wrong with the file system itself. Requires: it is not mounted."""
        system("e2fsck", "-f", "-n", self.image)

    def close(self):
        if self.mounted:
            self.unmount()
        shutil.rmtree(self.directory)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def run(binaries, count, seed, say):
    done = life = 0
    while done < count:
        life += 1
        until = min(count, done + LIFE)
        with Disk() as disk, Scene(binaries, seed + life, data=data_on(disk)) as scene:
            if done == 0:
                try_shutdown()
            while done < until:
                cut(scene, disk)
                done += 1
                if done % CHECK == 0 and done < until:
                    scene.check()
                    say("%d power cuts; %s" % (done, scene.summary))
            scene.finish()
            disk.unmount()
            disk.examine()
            say("%d power cuts; %s" % (done, scene.summary))
    return "%d power cuts in %d venues" % (done, life)


def data_on(disk):
    return os.path.join(disk.mount_point, "data")


def try_shutdown():
    with Disk(mib=16) as disk:
        try:
            disk.shut_down(NOLOGFLUSH)
        except OSError as error:
            raise Skipped("this kernel cannot shut an ext4 down: %s" % error) from error


def cut(scene, disk):
    dice = scene.random
    scene.load.run(dice.uniform(0.1, 1.0))
    scene.load.burst(dice.choice((0, 10, 60)))
    scene.load.run(dice.choice((0, dice.uniform(0, 0.02))))
    disk.shut_down(dice.choice((LOGFLUSH, NOLOGFLUSH)))
    # What leaves the venue from now on was on the disk before.
    scene.load.run(dice.choice((0, 0.05)))
    scene.recording.write("!", "power cut")
    for name in NAMES:
        if name in scene.venue.processes:
            scene.venue.kill(name)
    empty(scene.venue.runtime)
    scene.load.run(0.02)
    disk.unmount()
    disk.mount()
    scene.venue.environment["engine"] = dice.choice(({}, slow_syncs(scene)))
    for name in NAMES:
        scene.venue.start(name)
    scene.settle()


def slow_syncs(scene):
    """An engine on a slower disk: more is under way, written and not yet durable, when the power goes."""
    return {"LD_PRELOAD": os.path.join(scene.venue.binaries, SHIM), "CARBONX_FAULT_FILES": "/journal/",
            "CARBONX_FAULT_CALL": "sync", "CARBONX_FAULT_ERROR": "slow"}


def empty(directory):
    for name in os.listdir(directory):
        os.remove(os.path.join(directory, name))
