"""tools/demo as a newcomer runs it: it ends by itself with its proof, and a second start beside it says why it cannot.

usage: demo_test.py BINARIES"""

import os
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DEMO = os.path.join(ROOT, "tools", "demo")


def left_behind():
    return {name for name in os.listdir("/dev/shm") if name.startswith("carbonx-demo-")}


def main():
    environment = dict(os.environ, CARBONX_BUILD=os.path.dirname(os.path.abspath(sys.argv[1])))
    before = left_behind()
    demo = subprocess.Popen([DEMO, "--seconds", "12"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, env=environment)
    lines = []
    second = None
    for line in demo.stdout:
        print(line, end="", flush=True)
        lines.append(line)
        started = re.search(r"starting engine, publisher and gateway in (\S+)", line)
        if started:
            with open(os.path.join(started[1], "venue.toml"), encoding="utf-8") as settings:
                if '"../' in settings.read():
                    sys.exit("the demo writes outside its own directory: see its venue.toml")
        if "brokers logged on" in line:
            second = subprocess.run([DEMO, "--seconds", "1"], capture_output=True, text=True,
                                    env=environment, timeout=60)
    if demo.wait() != 0:
        sys.exit("the demo ended with %d" % demo.returncode)
    if second is None or second.returncode != 1 or "is in use" not in second.stderr:
        sys.exit("a second start: %s" % second)
    totals = re.fullmatch(r"demo: orders=(\d+) trades=(\d+) packets=(\d+) replay=identical\n", lines[-1])
    if not totals or int(totals[1]) < 1000 or int(totals[2]) < 300 or int(totals[3]) < 300:
        sys.exit("the last line: " + lines[-1])
    time.sleep(0.2)
    if left_behind() - before:
        sys.exit("left in shared memory: %s" % (left_behind() - before))
    print("ok")


if __name__ == "__main__":
    main()
