"""One attack on a running gateway: a good broker's median latency stays within twice the quiet one, the gateway's
memory is bounded, no descriptor stays open, and a newcomer trades at once.

usage: attack_test.py BINARIES NAME"""

import resource
import sys
import time

import attacks
from attack import Meter, Scene, withstand


def newcomer_during_storm(scene):
    """One whose password was not checked before comes in while others are guessing."""
    time.sleep(1)
    taken = Meter(scene.venue, "BROKER4").log_on()
    print("a broker's first logon in the storm took %.2f s" % taken)


def take_descriptors_away(scene):
    """Leaves the gateway a few that it has not in use."""
    hard = resource.prlimit(scene.gateway().pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(scene.gateway().pid, resource.RLIMIT_NOFILE, (scene.descriptors() + 20, hard))


TESTS = {
    "connections": dict(attack=attacks.Connections, sessions=1000, rounds=3, orders=200),
    "descriptors": dict(attack=attacks.Descriptors, prepare=take_descriptors_away),
    "one_byte": dict(attack=attacks.OneByte),
    "huge_length": dict(attack=attacks.HugeLength),
    "slow_reader": dict(attack=attacks.SlowReader),
    "flood": dict(attack=attacks.Flood),
    "garbage": dict(attack=attacks.Garbage),
    "second_logon": dict(attack=attacks.SecondLogon),
    "checksums": dict(attack=attacks.Checksums),
    "nuls": dict(attack=attacks.Nuls),
    "groups": dict(attack=attacks.Groups),
    "logon_storm": dict(attack=attacks.LogonStorm, guarded=("BROKER3", "BROKER4"), during=newcomer_during_storm),
}


def main():
    binaries, name = sys.argv[1:3]
    test = dict(TESTS[name])
    scene = Scene(binaries, test.pop("settings", {}), test.pop("sessions", 0), test.pop("guarded", ()))
    with scene.venue:
        withstand(scene, test.pop("attack"), **test)
        scene.venue.stop()
    print("ok")


if __name__ == "__main__":
    main()
