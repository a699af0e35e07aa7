"""Whether the fault suite would notice: a protection is taken out of a copy of the sources, that is built, and a part of
the suite is run with it, which must go red. Prints a table; exits with 1 if something stayed green.

usage: controls.py [--only NAME ...] [--seed N]

Takes some minutes; ccache makes it shorter. Where the machine forbids a part, its controls are skipped aloud."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TARGETS = ["carbonx-engine", "carbonx-gateway", "carbonx-publisher", "carbonx-admin", "carbonx-demo",
           "carbonx-dump", "carbonx-replay", "carbonx-fault-shim"]
POWER = ["--only", "power", "--power-cuts", "5"]
KILL = ["--only", "kill", "--kills", "60"]
FIX = ["--only", "kill", "--processes", "engine", "gateway", "--kills", "60"]
DAMAGE = ["--only", "damage", "--rounds", "1"]

# Name, edits (file, text, what takes its place), and the part of the suite that must see it.
CONTROLS = (
    ("fdatasync removed", (
        ("engine/journal.cpp",
         "if (options_.durability == Durability::disk) segment_.sync(options_.calls);",
         ""),), POWER),
    ("release rule removed", (
        ("engine/api/log.cpp",
         "if (event_.head.command > durable_) return nullptr;",
         ""),), POWER),
    ("CRC check removed", (
        ("engine/frame.cpp",
         "           head.head_crc == head_crc(head) && head.slots >= 1 && "
         "head.slots <= frame_slots_max &&",
         "           head.slots >= 1 && head.slots <= frame_slots_max &&"),
        ("engine/frame.cpp",
         "    return head.payload_crc == crc32c(bytes + sizeof head, payload) &&",
         "    return"),), DAMAGE),
    ("deduplication removed: commands", (
        ("engine/exchange/exchange.cpp",
         "CARBONX_CHECK(command.source_sequence > source.consumed);  // rule S3",
         ""),
        ("engine/sequencer.cpp",
         "const uint64_t consumed = state.epoch == ring::header(ring).epoch ? state.consumed : 0;",
         "const uint64_t consumed = state.epoch == ring::header(ring).epoch\n"
         "        ? ring::header(ring).released.load() : 0;"),), KILL),
    ("deduplication removed: reports", (
        ("gateway/outbound.cpp",
         "return sink_.is_ours(session) && report_key(sequence, side) > "
         "sink_.last_report_key(session);",
         "return sink_.is_ours(session) && report_key(sequence, side) > 0;"),), KILL),
    ("deduplication removed: ClOrdIDs", (
        ("gateway/inbound.cpp",
         "if (use.kind == ClientIdUse::Kind::unused) return {};",
         "if (use.kind != ClientIdUse::Kind::in_flight) return {};"),), KILL),
    ("report keys forgotten", (
        ("gateway/store.cpp",
         "last_report_key_ = std::max(last_report_key_, frame.report_key);",
         ""),), FIX),
    ("waiting messages forgotten", (
        ("gateway/waiting.cpp",
         "start == Start::goes_on ? load() : empty_file();",
         "start == Start::goes_on ? empty_file() : empty_file();"),), FIX),
    ("drop copies without a key", (
        ("gateway/gateway.cpp",
         "sessions_.send(copy, message, report_key, {perhaps_reported_, from});",
         "sessions_.send(copy, message, 0, {perhaps_reported_, from});"),), FIX),
    ("drop copies of every firm", (
        ("gateway/gateway.cpp",
         "if (other.participant == participant) other.copies.push_back(*session);",
         "other.copies.push_back(*session);"),), FIX),
)


class Tree:
    """A copy of the sources with a build of its own."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="carbonx-controls-")
        names = subprocess.run(
            ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True, check=True).stdout.decode().split("\0")
        for name in names:
            source = os.path.join(ROOT, name)
            if name and os.path.isfile(source):
                copy = os.path.join(self.directory, name)
                os.makedirs(os.path.dirname(copy), exist_ok=True)
                shutil.copy2(source, copy)
        self.build_directory = os.path.join(self.directory, "build")
        self.run("cmake", "-G", "Ninja", "-S", self.directory, "-B", self.build_directory,
                 "-DCMAKE_BUILD_TYPE=Release")

    def run(self, *command):
        environment = {**os.environ, "CCACHE_BASEDIR": self.directory, "CCACHE_NOHASHDIR": "1"}
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env=environment)
        if done.returncode != 0:
            raise RuntimeError("%s: exit %d\n%s" % (
                " ".join(command), done.returncode, done.stdout[-4000:]))

    def build(self):
        self.run("nice", "-n", "5", "ninja", "-C", self.build_directory, *TARGETS)

    def edit(self, name, old, new):
        """Gives the file's whole text before."""
        path = os.path.join(self.directory, name)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if text.count(old) != 1:
            raise RuntimeError("%s has %d times what this control takes out: %s; see to tests/"
                               "controls.py" % (name, text.count(old), old))
        self.write(name, text.replace(old, new))
        return text

    def write(self, name, text):
        with open(os.path.join(self.directory, name), "w", encoding="utf-8") as file:
            file.write(text)

    def suite(self, arguments, seed):
        return subprocess.run(
            [sys.executable, "-B", os.path.join(self.directory, "tests", "faults.py"),
             os.path.join(self.build_directory, "bin"), "--seed", str(seed), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=1800)

    def close(self):
        shutil.rmtree(self.directory)


def run_control(tree, edits, arguments, seed):
    """What became of it, and the line that says so."""
    whole = {}
    try:
        for name, old, new in edits:
            text = tree.edit(name, old, new)
            whole.setdefault(name, text)
        tree.build()
        done = tree.suite(arguments, seed)
    finally:
        for name, text in whole.items():
            tree.write(name, text)
    lines = [line for line in done.stdout.splitlines() if "WRONG" in line]
    if done.returncode == 77:
        return "skipped", done.stdout.strip().splitlines()[-1]
    if done.returncode == 1 and lines:
        return "red", lines[0].split("WRONG: ", 1)[1]
    return "GREEN" if done.returncode == 0 else "exit %d" % done.returncode, done.stdout[-500:]


def main():
    parser = argparse.ArgumentParser(description="Does the fault suite see what is broken on purpose?")
    parser.add_argument("--only", nargs="+", default=[], help="parts of the names of controls")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chosen = [control for control in CONTROLS
              if not options.only or any(part in control[0] for part in options.only)]
    rows = []
    tree = Tree()
    try:
        tree.build()
        for arguments in {tuple(c[2]): None for c in chosen}:
            # Unbroken, it is green: else red would prove nothing.
            done = tree.suite(list(arguments), options.seed)
            word = {0: "green", 77: "skipped"}.get(done.returncode, "WRONG")
            rows.append(("nothing removed", arguments[1], word, done.stdout.strip().splitlines()[-1]))
            print("%-32s %-7s %-8s %s" % rows[-1], flush=True)
        for name, edits, arguments in chosen:
            begin = time.monotonic()
            word, line = run_control(tree, edits, arguments, options.seed)
            rows.append((name, arguments[1], word, "%s (%.0f s)" % (line[:200], time.monotonic() - begin)))
            print("%-32s %-7s %-8s %s" % rows[-1], flush=True)
    finally:
        tree.close()
    wrong = sum(row[2] not in ("red", "green", "skipped") for row in rows)
    print("controls: %d red, %d skipped, %d wrong" % (
        sum(row[2] == "red" for row in rows), sum(row[2] == "skipped" for row in rows), wrong))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
