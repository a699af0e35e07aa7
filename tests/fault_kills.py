"""kill -9 of engine, gateway and publisher, or of some of them, at random moments under load; now and then of all of
them, and of one that is just coming up again. Clients' connections break, too."""

from fault_scene import Scene
from venue_process import NAMES

LIFE = 200   # kills of one venue; then another one begins
CHECK = 25   # kills between two full checks


def run(binaries, count, seed, say, processes=NAMES):
    done = 0
    total = {name: 0 for name in processes}
    life = 0
    while done < count:
        life += 1
        until = min(count, done + LIFE)
        with Scene(binaries, seed + life) as scene:
            check_at = done + CHECK
            while done < until:
                killed = kill_some(scene, until - done, processes)
                for name in killed:
                    total[name] += 1
                done += len(killed)
                if done >= check_at and done < until:
                    check_at += CHECK
                    scene.check()
                    say("%d kills; %s" % (done, scene.summary))
            scene.finish()
            say("%d kills; %s" % (done, scene.summary))
    return "%d kills (%s) in %d venues" % (
        done, ", ".join("%s %d" % item for item in total.items()), life)


def kill_some(scene, most, processes):
    """The names of those that were killed."""
    dice = scene.random
    scene.load.run(dice.uniform(0.02, 0.3))
    scene.load.burst(dice.choice((0, 10, 60)))
    scene.load.run(dice.choice((0, dice.uniform(0, 0.02))))
    all_at_once = dice.random() < 0.05 and most >= len(processes)
    names = list(processes) if all_at_once else [dice.choice(processes)]
    if dice.random() < 0.3:
        scene.load.drop()
    killed = []
    for name in names:
        scene.kill(name)
        killed.append(name)
    scene.load.run(dice.choice((0, dice.uniform(0, 0.3))))
    for name in names:
        scene.venue.start(name)
    if dice.random() < 0.15 and len(killed) < most:
        scene.load.run(dice.uniform(0, 0.3))
        scene.kill(names[0])
        killed.append(names[0])
        scene.venue.start(names[0])
    scene.settle()
    return killed
