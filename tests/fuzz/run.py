"""Runs fuzz targets from the corpus that is kept, which must find nothing.

usage: run.py BINARIES TARGET... [--seconds N] [--runs N] [--keep]

A corpus is corpus/TARGET.txt, one input a line, with what is not printable escaped as in Python. --keep adds what was
found to cover more, and leaves out what others cover. Inputs that a target fails with are left in BINARIES/findings."""

import argparse
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TARGETS = {"feed": 1024, "framing": 192, "inbound": 384, "session": 2048}  # and the longest input


def corpus_file(target):
    return os.path.join(HERE, "corpus", target + ".txt")


def unpack(target, directory):
    with open(corpus_file(target), encoding="ascii") as file:
        for number, line in enumerate(file):
            with open(os.path.join(directory, "%05d" % number), "wb") as one:
                one.write(line.rstrip("\n").encode("ascii").decode("unicode_escape").encode("latin-1"))


def pack(directory, target):
    lines = []
    for name in os.listdir(directory):
        with open(os.path.join(directory, name), "rb") as file:
            lines.append(file.read().decode("latin-1").encode("unicode_escape").decode("ascii"))
    with open(corpus_file(target), "w", encoding="ascii") as file:
        file.write("".join(line + "\n" for line in sorted(set(lines), key=lambda line: (len(line), line))))


def run(binaries, target, seconds, runs, keep):
    binary = os.path.join(binaries, target + "_fuzz")
    findings = os.path.join(binaries, "findings")
    os.makedirs(findings, exist_ok=True)
    dictionary = [] if target == "feed" else ["-dict=" + os.path.join(HERE, "fix.dict")]  # it is no FIX
    with tempfile.TemporaryDirectory() as found:
        unpack(target, found)
        done = subprocess.run(
            [binary, *dictionary, "-max_len=%d" % TARGETS[target],
             "-max_total_time=%d" % seconds, "-runs=%d" % runs, "-timeout=10", "-print_final_stats=1",
             "-artifact_prefix=%s/%s-" % (findings, target), found],
            capture_output=True, text=True)
        if done.returncode != 0:
            print(done.stderr[-6000:])
            return False
        print("%s: %s" % (target, ", ".join(
            line.split("::")[1].strip() for line in done.stderr.splitlines()
            if line.startswith(("stat::number_of", "stat::average", "stat::peak")))))
        if keep:
            with tempfile.TemporaryDirectory() as least:
                subprocess.run([binary, "-merge=1", least, found], capture_output=True, check=True)
                pack(least, target)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binaries")
    parser.add_argument("targets", nargs="+", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=0, help="0: as long as --runs takes")
    parser.add_argument("--runs", type=int, default=-1)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    results = [run(options.binaries, target, options.seconds, options.runs, options.keep)
               for target in options.targets]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
