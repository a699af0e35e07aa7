"""Public packages from npm for tests, in the versions that a package-lock.json says."""

import os
import shutil
import subprocess


def install(source, directory):
    """Copies the files of source to the directory, and installs what its lock file names unless it is there."""
    os.makedirs(directory, exist_ok=True)
    same = os.path.isdir(os.path.join(directory, "node_modules")) and all(
        open(os.path.join(source, name)).read() == open(os.path.join(directory, name)).read()
        for name in ("package-lock.json", "package.json"))
    for name in os.listdir(source):
        shutil.copy(os.path.join(source, name), directory)
    if not same:
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
                       cwd=directory, check=True, timeout=600)
