"""A well-behaved broker beside attackers, before a real gateway: what it feels of them, and what they leave behind.

How it is measured. The broker sends an order, waits for its report, pauses, and so on; the figure is the median round
trip. Quiet and attack alternate in rounds of a fraction of a second, and what counts is the median over the rounds of
attack by quiet, so that whatever else the machine does falls on both. What is to be seen is the gateway, not who gets
the processor: the gateway has a core of its own, where it spins; engine, broker and attackers share the others, and
the attackers, a process at nice 19, leave them to whoever else wants them. They are paced, so that it is the gateway
that works for what they send, and not they; and a round of attack goes on until they have done what makes it one, so
that a busy machine makes the test longer and not easier."""

import hashlib
import multiprocessing
import os
import re
import resource
import select
import socket
import statistics
import time

from fix_broker import Broker, timestamp
from venue_process import Venue

SYMBOL = "V415024H"
PASSWORD = "secret"
ROUNDS = 5
ORDERS = 60  # of each round's quiet, and of its attack
PAUSE_S = 0.001
PATIENCE_S = 60  # on a machine that is busy with other things
RATIO_MAX = 2.0
MEMORY_GROWTH_MAX_MIB = 64  # of the gateway, at its highest


def password_hash(cost, block):
    """cost 2, block 1: checked at next to no cost; 2048, 8: in some 5 ms, by the gateway's other thread."""
    salt = b"carbonx1"
    digest = hashlib.scrypt(PASSWORD.encode(), salt=salt, n=cost, r=block, p=1, dklen=32)
    return "scrypt:%d:%d:1:%s:%s" % (cost, block, salt.hex(), digest.hex())


def frame(body):
    raw = b"8=FIX.4.4\x019=%d\x01" % len(body) + body
    return raw + b"10=%03d\x01" % (sum(raw) % 256)


def message(kind, number, comp_id, fields):
    """fields: as text, | for SOH."""
    body = "35=%s|34=%d|49=%s|56=CARBONX|52=%s|%s|" % (kind, number, comp_id, timestamp(), fields)
    return frame(body.replace("|", "\x01").encode())


def logon(comp_id, password, heartbeat_s=60):
    """Both numbers begin at 1."""
    return message("A", 1, comp_id, "98=0|108=%d|141=Y|554=%s" % (heartbeat_s, password))


def order(number, comp_id, client_id, more=""):
    return message("D", number, comp_id, "11=%s|1=%s|55=%s|54=1|60=%s|38=1|40=2|44=9.50|59=3%s" % (
        client_id, comp_id, SYMBOL, timestamp(), more))


def connect(port, address="127.0.0.1", receive_buffer=0):
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.bind((address, 0))
    connection.settimeout(PATIENCE_S)
    connection.connect(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def is_closed(connection):
    """By the venue. What it said before is passed over."""
    connection.setblocking(False)
    try:
        while connection.recv(1 << 16):
            pass
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        connection.settimeout(PATIENCE_S)


class Member:
    """A session of the attackers': logged on again whenever it was thrown out."""

    def __init__(self, port, comp_id, address="127.0.0.1", receive_buffer=0):
        self.port, self.comp_id, self.address = port, comp_id, address
        self.receive_buffer = receive_buffer
        self.socket = None
        self.number = 0

    def is_on(self):
        return self.socket is not None

    def log_on(self):
        self.ask()
        if not self.is_let_in():
            self.drop()
            time.sleep(0.02)

    def ask(self):
        try:
            self.socket = connect(self.port, self.address, self.receive_buffer)
            self.socket.sendall(logon(self.comp_id, PASSWORD))
        except OSError:
            self.drop()
        self.number = 1

    def is_let_in(self):
        try:
            return self.is_on() and b"\x0135=A\x01" in self.socket.recv(4096)
        except OSError:
            return False

    def next(self):
        self.number += 1
        return self.number

    def send(self, raw):
        try:
            self.socket.sendall(raw)
        except OSError:
            self.drop()

    def read(self):
        """And forget."""
        if self.socket and is_closed(self.socket):
            self.drop()

    def drop(self):
        if self.socket:
            self.socket.close()
        self.socket = None


class Attack:
    """What an attacker does; all of it in the attackers' process. step() is called while the attack goes on, and says
    how long to wait before the next one."""

    count_min = 1  # in each round

    def __init__(self, port):
        self.port = port
        self.count = 0  # of what it is that it does

    def begin(self):
        pass

    def step(self):
        raise NotImplementedError

    def end(self):
        pass


def run_attackers(control, done, attack_class, port, cores):
    os.nice(19)
    os.sched_setaffinity(0, cores)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    attack = attack_class(port)
    while True:
        wanted = control.recv()
        if wanted == "quit":
            return
        attack.begin()
        control.send("begun")
        while not control.poll():
            time.sleep(attack.step())
            done.value = attack.count
        control.recv()
        attack.end()
        control.send("ended")


class Attackers:
    def __init__(self, attack_class, port, cores, meanwhile):
        """meanwhile: called while they are waited for."""
        self.meanwhile = meanwhile
        self.control, theirs = multiprocessing.Pipe()
        self.done = multiprocessing.Value("Q", 0)
        self.count_min = attack_class.count_min
        self.process = multiprocessing.Process(
            target=run_attackers, args=(theirs, self.done, attack_class, port, cores), daemon=True)
        self.process.start()
        theirs.close()

    def begin(self):
        self.enough = self.done.value + self.count_min
        self.control.send("go")
        self.answer()

    def have_done_enough(self):
        return self.done.value >= self.enough

    def end(self):
        self.control.send("stop")
        self.answer()

    def answer(self):
        deadline = time.monotonic() + 2 * PATIENCE_S
        while not self.control.poll(0.1):
            assert time.monotonic() < deadline, "the attackers do not answer"
            self.meanwhile()
        self.control.recv()

    def close(self):
        self.process.kill()
        self.process.join()


class Scene:
    def __init__(self, binaries, settings, sessions=0, guarded=()):
        """sessions: further ones, C0 and so on, of BROKER1's firm; guarded: those of the demo's sessions whose
        password takes long to check."""
        self.sessions = ["C%d" % n for n in range(sessions)]
        self.venue = Venue(binaries, durability="memory", settings={
            "minutes": 0, "ring_slots": 65536, **settings})
        self.cores = sorted(os.sched_getaffinity(0))
        self.place()
        self.set_passwords(guarded)
        if sessions:
            self.add_sessions()

    def place(self):
        """The gateway alone on the last core, where there are two at least."""
        core = self.cores.pop() if len(self.cores) > 1 else -1
        with open(self.venue.settings, encoding="utf-8") as file:
            text = file.read()
        text, found = re.subn(r"(\[gateway\.thread\]\ncore =)[^\n]*\nidle = [^\n]*",
                              r'\1 %d\nidle = "%s"' % (core, "spin" if core >= 0 else "sleep"), text)
        assert found == 1
        with open(self.venue.settings, "w", encoding="utf-8") as file:
            file.write(text)

    def set_passwords(self, guarded):
        with open(self.venue.settings, encoding="utf-8") as file:
            text = file.read()
        for name in ("BROKER1", "BROKER2", "BROKER3", "BROKER4", "SPARE"):
            hashed = password_hash(2048, 8) if name in guarded else password_hash(2, 1)
            text, found = re.subn(r'(comp_id = "%s"\npassword_hash =)[^\n]*' % name,
                                  r'\1 "%s"' % hashed, text)
            assert found == 1, name
        with open(self.venue.settings, "w", encoding="utf-8") as file:
            file.write(text)

    def add_sessions(self):
        with open(self.venue.settings, encoding="utf-8") as file:
            text = re.sub(r"(?m)^sessions = \d+", "sessions = 2048", file.read())
        for name in self.sessions:
            text += '\n[[gateway.session]]\ncomp_id = "%s"\npassword_hash = "%s"\n' % (
                name, password_hash(2, 1))
        with open(self.venue.settings, "w", encoding="utf-8") as file:
            file.write(text)

    def start(self):
        venue = self.venue
        os.sched_setaffinity(0, self.cores)  # the engine's too
        # The gateway has to care for its descriptors itself: this is what a shell usually gives.
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, hard), hard))
        venue.start("engine")
        venue.wait(lambda: venue.tool_works("carbonx-admin", "status"), "the engine does not answer")
        venue.list_demo()
        if self.sessions:
            script = os.path.join(venue.directory, "sessions.commands")
            with open(script, "w", encoding="utf-8") as file:
                for name in self.sessions:
                    file.write("list_session name=%s participant=BROKER1 gateway=gateway\n" % name)
            venue.tool("carbonx-admin", "run", script)
        venue.start("gateway")
        venue.wait(venue.gateway_listens, "the gateway does not listen", seconds=60)
        os.sched_setaffinity(self.gateway().pid, range(os.cpu_count()))

    def gateway(self):
        return self.venue.processes["gateway"]

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.gateway().pid))

    def memory_mib(self, key="VmRSS"):
        with open("/proc/%d/status" % self.gateway().pid, encoding="ascii") as file:
            return int(re.search(key + r":\s+(\d+) kB", file.read()).group(1)) / 1024

    def wait_descriptors(self, count, meanwhile):
        def are_closed():
            meanwhile()
            return self.descriptors() <= count
        self.venue.wait(are_closed, "descriptors stay open: %d before" % count, seconds=PATIENCE_S)


class Meter:
    """The well-behaved broker."""

    def __init__(self, venue, comp_id="BROKER1"):
        self.venue = venue
        self.broker = Broker(comp_id, PASSWORD, venue.fix_port)
        self.count = 0

    def log_on(self):
        begin = time.monotonic()
        assert self.broker.connect(), "nobody listens"
        self.until(lambda: self.broker.logged_on, "the good broker cannot log on")
        return time.monotonic() - begin

    def until(self, done, complaint, seconds=PATIENCE_S):
        deadline = time.monotonic() + seconds
        while not done():
            if self.broker.socket is None or time.monotonic() > deadline:
                raise AssertionError(complaint + self.venue.outputs())
            select.select([self.broker.socket], [], [], 0.1)
            self.broker.poll()

    def round_trip_us(self):
        """Of one order that finds nobody."""
        broker = self.broker
        self.count += 1
        client_id = "m%d" % self.count
        seen = len(broker.received)
        begin = time.perf_counter_ns()
        broker.send("D", (11, client_id), (1, broker.comp_id), (55, SYMBOL), (54, 1), (60, timestamp()),
                    (38, 1), (40, 2), (44, "9.50"), (59, 3))
        self.until(lambda: len(broker.received) > seen, "an order has no report")
        taken = (time.perf_counter_ns() - begin) / 1000
        self.until(lambda: len(broker.received) > seen + 1, "an order has no end")
        assert broker.received[seen][11] == client_id and broker.received[seen][150] == "0", \
            broker.received[seen].raw
        return taken

    def median_us(self, orders=ORDERS, until=lambda: True):
        """Of so many, and as many more as it takes."""
        taken = []
        deadline = time.monotonic() + PATIENCE_S
        while len(taken) < orders or not until():
            assert time.monotonic() < deadline, "the attackers have not done enough"
            taken.append(self.round_trip_us())
            time.sleep(PAUSE_S)
        return statistics.median(taken)


def measure(meter, attackers, rounds, orders):
    """The medians of each round: quiet, and under attack."""
    figures = []
    for _ in range(rounds):
        quiet = meter.median_us(orders)
        attackers.begin()
        attacked = meter.median_us(orders, attackers.have_done_enough)
        attackers.end()
        figures.append((quiet, attacked))
    return figures


def withstand(scene, attack_class, rounds=ROUNDS, orders=ORDERS, prepare=None, during=None):
    """prepare(scene): before the first attack; during(scene): what else must hold while it goes on."""
    scene.start()
    meter = Meter(scene.venue)
    meter.log_on()
    meter.median_us(300)  # warm
    before = scene.descriptors()
    if prepare:
        prepare(scene)
    memory_before = scene.memory_mib()
    attackers = Attackers(attack_class, scene.venue.fix_port, scene.cores, meter.broker.poll)
    try:
        figures = measure(meter, attackers, rounds, orders)
        count = attackers.done.value
        if during:
            attackers.begin()
            during(scene)
            attackers.end()
    finally:
        attackers.close()
    scene.venue.check_alive()
    time.sleep(0.5)  # the attackers' last bytes
    scene.wait_descriptors(before, meter.broker.poll)
    after = meter.median_us(orders)
    newcomer = Meter(scene.venue, "SPARE")
    newcomer.log_on()
    newcomer.round_trip_us()
    growth = scene.memory_mib("VmHWM") - memory_before
    ratio = statistics.median(attacked / quiet for quiet, attacked in figures)
    print("%s: median round trip %.0f us quiet, %.0f us attacked, %.0f us after; ratio %.2f (%s); "
          "%d done; memory +%.1f MiB" % (
              attack_class.__name__, statistics.median(quiet for quiet, _ in figures),
              statistics.median(attacked for _, attacked in figures), after, ratio,
              " ".join("%.2f" % (attacked / quiet) for quiet, attacked in figures), count, growth))
    assert growth <= MEMORY_GROWTH_MAX_MIB, "the gateway grew by %.1f MiB" % growth
    assert ratio <= RATIO_MAX, "the good broker's latency rose to %.2f times" % ratio
