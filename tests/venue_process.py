"""A whole venue of real processes in a directory of its own, on ports of its own, for the tests that kill
and watch processes. What is started here ends here."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NAMES = ("engine", "gateway", "publisher")


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Venue:
    def __init__(self, binaries, durability="disk", settings=None, data="data", more_settings=""):
        """settings: values by key, as they stand in the file, None to leave one out; data: the data
        directory; more_settings: what stands behind them all."""
        self.binaries = os.path.abspath(binaries)
        self.directory = tempfile.mkdtemp(prefix="carbonx-test-")
        self.data = os.path.join(self.directory, data)
        self.environment = {}  # added to that of the processes, by name
        self.runtime = tempfile.mkdtemp(prefix="carbonx-test-", dir="/dev/shm")
        self.fix_port = free_port(socket.SOCK_STREAM)
        self.tls_port = free_port(socket.SOCK_STREAM)  # for a test that has TLS
        self.feed_port = free_port(socket.SOCK_DGRAM)
        self.rerequest_port = free_port(socket.SOCK_DGRAM)
        self.carbon_port = free_port(socket.SOCK_DGRAM)
        self.snapshot_port = free_port(socket.SOCK_STREAM)
        self.carbon_rerequest_port = free_port(socket.SOCK_DGRAM)
        self.carbon_snapshot_port = free_port(socket.SOCK_STREAM)
        # Groups of this test's own: another test may run beside it.
        self.group_a = "239.192.%d.1" % (2 + os.getpid() % 250)
        self.group_b = "239.192.%d.2" % (2 + os.getpid() % 250)
        self.carbon_group_a = "239.192.%d.3" % (2 + os.getpid() % 250)
        self.carbon_group_b = "239.192.%d.4" % (2 + os.getpid() % 250)
        self.settings = os.path.join(self.directory, "venue.toml")
        self.processes = {}
        self.write_settings(dict(settings or {}, durability='"%s"' % durability), more_settings)

    def write_settings(self, settings, more_settings=""):
        with open(os.path.join(ROOT, "tools", "demo-data", "venue.toml"), encoding="utf-8") as file:
            text = file.read()
        for key, value in (
            ("data_directory", '"%s"' % self.data),
            ("log_directory", '"log"'),
            ("directory", '"archive"'),
            ("runtime_directory", '"%s"' % self.runtime),
            ("listen", '"127.0.0.1:%d"' % self.fix_port),
            ("core", "-1"),
            *settings.items(),
        ):
            text, found = re.subn(r"(?m)^%s\s*=\s*[^#\n]*" % key,
                                  "" if value is None else "%s = %s " % (key, value), text)
            if found == 0:
                raise RuntimeError("venue.toml has no %s" % key)
        for delivered, own in (
            ("239.192.1.1:26400", "%s:%d" % (self.group_a, self.feed_port)),
            ("239.192.1.2:26400", "%s:%d" % (self.group_b, self.feed_port)),
            ("239.192.1.3:26401", "%s:%d" % (self.carbon_group_a, self.carbon_port)),
            ("239.192.1.4:26401", "%s:%d" % (self.carbon_group_b, self.carbon_port)),
            ("127.0.0.1:26410", "127.0.0.1:%d" % self.rerequest_port),
            ("127.0.0.1:26411", "127.0.0.1:%d" % self.carbon_rerequest_port),
            ("127.0.0.1:26420", "127.0.0.1:%d" % self.snapshot_port),
            ("127.0.0.1:26421", "127.0.0.1:%d" % self.carbon_snapshot_port),
        ):
            if delivered not in text:
                raise RuntimeError("venue.toml has no %s" % delivered)
            text = text.replace('"%s"' % delivered, '"%s"' % own)
        with open(self.settings, "w", encoding="utf-8") as file:
            file.write(text + more_settings)

    def tool(self, name, *arguments, check=True, input=None):
        """Runs one of our tools against this venue; returns what it printed."""
        done = subprocess.run(
            [os.path.join(self.binaries, name), "--settings", self.settings, *arguments],
            capture_output=True, text=True, timeout=300, input=input)
        if check and done.returncode != 0:
            raise RuntimeError("%s %s: exit %d\n%s%s" % (
                name, " ".join(arguments), done.returncode, done.stdout, done.stderr))
        return done.stdout

    def start(self, name):
        output = open(os.path.join(self.directory, name + ".out"), "ab")
        self.processes[name] = subprocess.Popen(
            [os.path.join(self.binaries, "carbonx-" + name), "--settings", self.settings],
            stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env={**os.environ, **self.environment.get(name, {})})
        output.close()

    def start_all(self):
        self.start("engine")
        self.wait(lambda: self.tool_works("carbonx-admin", "status"), "the engine does not answer")
        self.start("gateway")
        self.start("publisher")
        self.wait(self.gateway_listens, "the gateway does not listen")

    def tool_works(self, name, *arguments):
        try:
            self.tool(name, *arguments)
            return True
        except RuntimeError:
            return False

    def gateway_listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.fix_port)) == 0

    def wait(self, done, complaint, seconds=30):
        deadline = time.monotonic() + seconds
        while not done():
            self.check_alive()
            if time.monotonic() > deadline:
                raise RuntimeError(complaint + self.outputs())
            time.sleep(0.05)

    def check_alive(self):
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise RuntimeError("carbonx-%s ended with %d%s" % (
                    name, process.returncode, self.outputs()))

    def outputs(self):
        text = ""
        for name in NAMES:
            path = os.path.join(self.directory, name + ".out")
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as file:
                    text += "\n--- %s\n%s" % (name, file.read()[-2000:])
        return text

    def kill(self, name):
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def listings(self):
        return os.path.join(self.directory, "listings.commands")

    def list_demo(self, more=""):
        """Lists and funds what the demo does, opens the market, and lists some more."""
        with open(self.listings(), "w", encoding="utf-8") as file:
            subprocess.run(
                [os.path.join(self.binaries, "carbonx-demo"), "listings",
                 os.path.join(ROOT, "tools", "demo-data", "listings.csv")],
                stdout=file, check=True, timeout=60)
        with open(self.listings(), "a", encoding="utf-8") as file:
            file.write(more)
        self.tool("carbonx-admin", "run", file.name)

    def stop(self):
        for name in reversed(NAMES):
            process = self.processes.pop(name, None)
            if process is None or process.poll() is not None:
                continue
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise RuntimeError("carbonx-%s does not stop when asked" % name)

    def close(self, keep=False):
        for process in self.processes.values():
            process.kill()
            process.wait()
        self.processes.clear()
        shutil.rmtree(self.runtime, ignore_errors=True)
        if keep:
            print("kept: " + self.directory, file=sys.stderr)
        else:
            shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.close(keep=kind is not None)
