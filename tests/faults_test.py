"""A short slice of the fault suite: some of each, with a seed of its own each time.

usage: faults_test.py BINARIES"""

import os
import subprocess
import sys

FAULTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "faults.py")

sys.exit(subprocess.run([sys.executable, "-B", FAULTS, sys.argv[1], "--kills", "20", "--power-cuts", "2",
                         "--errors", "4", "--rounds", "1",
                         "--only", "kill", "power", "full", "errors", "stop"]).returncode)
