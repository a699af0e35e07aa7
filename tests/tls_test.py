"""FIX by TLS against a running gateway, with clients that are not ours: openssl's s_client and Python's ssl. Who is
let in by which certificate, an order's life, connections that are slow on purpose, and new certificates without a
restart.

usage: tls_test.py BINARIES"""

import glob
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time

from fix_broker import Broker, timestamp
from venue_process import Venue

SYMBOL = "V415024H"
LOGON_TIMEOUT_S = 3


def step_until(done, complaint, brokers=(), seconds=20):
    deadline = time.monotonic() + seconds
    while not done():
        for broker in brokers:
            broker.poll()
        time.sleep(0.01)
        if time.monotonic() > deadline:
            raise RuntimeError(complaint)


class Certificates:
    """Made by openssl: NAME.pem and NAME.key in the venue's directory."""

    def __init__(self, venue):
        self.venue = venue
        self.make("ca")
        self.make("venue", issuer="ca", extension="subjectAltName=IP:127.0.0.1")
        for name in ("broker1", "broker2", "broker3", "stranger"):
            self.make(name)

    def path(self, name):
        return os.path.join(self.venue.directory, name)

    def make(self, name, issuer=None, extension=None):
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                   "-nodes", "-days", "2", "-subj", "/CN=" + name, "-keyout", self.path(name + ".key"),
                   "-out", self.path(name + ".pem")]
        if issuer:
            command += ["-CA", self.path(issuer + ".pem"), "-CAkey", self.path(issuer + ".key")]
        if extension:
            command += ["-addext", extension]
        subprocess.run(command, check=True, capture_output=True, timeout=60)

    def line(self, name):
        """The settings' line, the fingerprint in it as openssl has it too."""
        line = self.venue.tool_without_settings("carbonx-admin", "certificate", self.path(name + ".pem"))
        printed = subprocess.run(["openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in",
                                  self.path(name + ".pem")], check=True, capture_output=True, text=True).stdout
        fingerprint = printed.strip().partition("=")[2].replace(":", "").lower()
        assert line == 'certificates = ["%s"]\n' % fingerprint, (line, printed)
        return line

    def context(self, name=None, version=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.path("ca.pem"))
        if name:
            context.load_cert_chain(self.path(name + ".pem"), self.path(name + ".key"))
        if version:
            context.minimum_version = context.maximum_version = version
        return context

    def shown(self):
        """The certificate that the gateway shows whoever connects now, in DER."""
        with socket.create_connection(("127.0.0.1", self.venue.tls_port)) as connection:
            with self.context().wrap_socket(connection, server_hostname="127.0.0.1") as wrapped:
                return wrapped.getpeercert(binary_form=True)

    def der(self, name):
        with open(self.path(name + ".pem"), encoding="ascii") as file:
            return ssl.PEM_cert_to_DER_cert(file.read())


class TlsVenue(Venue):
    """BROKER1 and BROKER3 have a certificate, BROKER2 a password and a certificate, BROKER4 a password."""

    def __init__(self, binaries):
        super().__init__(binaries, settings={"logon_timeout_ms": LOGON_TIMEOUT_S * 1000})
        self.certificates = Certificates(self)
        self.write_sessions({name: self.certificates.line(name.lower())
                             for name in ("BROKER1", "BROKER2", "BROKER3")})

    def tool_without_settings(self, name, *arguments):
        return subprocess.run([os.path.join(self.binaries, name), *arguments], check=True, timeout=60,
                              capture_output=True, text=True).stdout

    def write_sessions(self, lines):
        self.write_settings({"logon_timeout_ms": LOGON_TIMEOUT_S * 1000, "durability": '"disk"'})
        with open(self.settings, encoding="utf-8") as file:
            text = file.read()
        text = re.sub(r"(?m)^certificates = .*\n", "", text)
        for name, line in lines.items():
            text = text.replace('comp_id = "%s"\n' % name, 'comp_id = "%s"\n%s' % (name, line))
        for name in ("BROKER1", "BROKER3"):
            text = re.sub(r'(comp_id = "%s"\n.*\n)password_hash = .*\n' % name, r"\1", text)
        text += ('\n[gateway.tls]\nlisten = "127.0.0.1:%d"\ncertificate_chain = "venue.pem"\n'
                 'private_key = "venue.key"\n' % self.tls_port)
        with open(self.settings, "w", encoding="utf-8") as file:
            file.write(text)

    def logs(self):
        text = ""
        for path in glob.glob(os.path.join(self.directory, "log", "*")) + glob.glob(
                os.path.join(self.directory, "*.out")):
            with open(path, encoding="utf-8", errors="replace") as file:
                text += file.read()
        return text

    def broker(self, comp_id, password=None, certificate=None, version=None):
        return Broker(comp_id, password, self.tls_port, cancel_on_disconnect=False,
                      tls=self.certificates.context(certificate, version))

    def is_let_in(self, broker):
        """Whether its Logon is answered; otherwise it must have been closed without a word."""
        if not broker.connect():
            return False
        step_until(lambda: broker.logged_on or not broker.socket, "a Logon has no answer", [broker])
        let_in = broker.logged_on
        assert let_in or broker.buffer == b"", broker.buffer
        if let_in:
            broker.send("5")
            step_until(lambda: not broker.socket, "a Logout has no answer", [broker])
        return let_in


def fix(text):
    body = text.replace("|", "\x01").encode()
    raw = b"8=FIX.4.4\x019=%d\x01" % len(body) + body
    return raw + b"10=%03d\x01" % (sum(raw) % 256)


def s_client(venue, *options):
    return ["openssl", "s_client", "-connect", "127.0.0.1:%d" % venue.tls_port, "-CAfile",
            venue.certificates.path("ca.pem"), "-verify_return_error", *options]


def check_s_client(venue):
    """A logon and a logout by openssl, in each version; what is older is refused."""
    number = 1
    for version in ("-tls1_2", "-tls1_3"):
        client = subprocess.Popen(
            s_client(venue, version, "-quiet", "-cert", venue.certificates.path("broker1.pem"), "-key",
                     venue.certificates.path("broker1.key")),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        head = "35=%s|49=BROKER1|56=CARBONX|34=%d|52=%s|"
        client.stdin.write(fix(head % ("A", number, timestamp()) + "98=0|108=10|"))
        client.stdin.flush()
        answer = client.stdout.read1(4096)
        assert b"\x0135=A\x01" in answer, (version, answer)
        client.stdin.write(fix(head % ("5", number + 1, timestamp())))
        client.stdin.flush()
        assert b"\x0135=5\x01" in client.stdout.read()
        assert client.wait(20) == 0, version
        number += 2
    for version in ("-tls1", "-tls1_1"):
        old = subprocess.run(s_client(venue, version, "-cipher", "ALL@SECLEVEL=0"), capture_output=True,
                             stdin=subprocess.DEVNULL, text=True, timeout=60)
        assert old.returncode != 0 and "alert protocol version" in old.stderr, old
    facts = subprocess.run(s_client(venue, "-tls1_2"), capture_output=True, text=True, timeout=60,
                           stdin=subprocess.DEVNULL).stdout
    for wanted in ("Compression: NONE", "Verify return code: 0 (ok)", "No client certificate CA names sent"):
        assert wanted in facts, facts
    assert "TLS session ticket:" not in facts
    print("ok: openssl s_client")
    return number


def check_logons(venue, number):
    """Who is let in; whoever is not is told nothing."""
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        for comp_id, password, certificate in (
                ("BROKER1", None, None), ("BROKER1", None, "broker3"), ("BROKER1", None, "stranger"),
                ("BROKER1", "demo-broker1", None), ("BROKER3", None, "broker1"),
                ("BROKER2", None, "broker2"), ("BROKER2", "a mistake", "broker2"),
                ("BROKER2", "demo-broker2", None), ("BROKER2", "demo-broker2", "broker1"),
                ("BROKER4", None, "stranger"), ("NOBODY", None, "broker1")):
            broker = venue.broker(comp_id, password, certificate, version)
            broker.next_out = broker.next_in = number
            assert not venue.is_let_in(broker), (comp_id, password, certificate)
        for comp_id, password, certificate in (
                ("BROKER1", None, "broker1"), ("BROKER2", "demo-broker2", "broker2"),
                ("BROKER3", None, "broker3"), ("BROKER4", "demo-broker4", None)):
            broker = venue.broker(comp_id, password, certificate, version)
            broker.next_out = broker.next_in = number if comp_id == "BROKER1" else 1
            if version == ssl.TLSVersion.TLSv1_3:
                broker.next_out = broker.next_in = broker.next_out + 2
            assert venue.is_let_in(broker), (comp_id, password, certificate)
    plain = Broker("BROKER1", None, venue.fix_port)
    assert not venue.is_let_in(plain)
    print("ok: certificates and passwords")
    return number + 4


def check_strangers(venue, seller):
    """Plaintext, half a handshake, and silence, while a session trades on."""
    time.sleep(1.1)  # the log has at most ten closed connections a second, and those before were more
    with socket.create_connection(("127.0.0.1", venue.tls_port)) as plain:
        plain.sendall(fix("35=A|49=BROKER4|56=CARBONX|34=1|52=%s|98=0|108=10|554=demo-broker4|" % timestamp()))
        plain.settimeout(10)
        try:
            assert plain.recv(100) == b""
        except ConnectionResetError:
            pass
    step_until(lambda: "is not TLS" in venue.logs(), "the log has nothing on plaintext")

    def hello():
        """What a client sends first, and what goes on with it."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = venue.certificates.context("broker3").wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
        try:
            client.do_handshake()
        except ssl.SSLWantReadError:
            pass
        return client, incoming, outgoing

    begin = time.monotonic()
    half, silent = (socket.create_connection(("127.0.0.1", venue.tls_port)) for _ in range(2))
    half.sendall(hello()[2].read()[:100])
    sell(seller, "beside it", 1)
    for connection in (half, silent):
        connection.settimeout(LOGON_TIMEOUT_S + 10)
        try:
            assert connection.recv(100) == b""
        except ConnectionResetError:
            pass
        connection.close()
    assert LOGON_TIMEOUT_S - 0.5 < time.monotonic() - begin, "closed before the deadline"
    sell(seller, "behind it", 1)

    client, incoming, outgoing = hello()
    with socket.create_connection(("127.0.0.1", venue.tls_port)) as slow:
        slow.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        slow.settimeout(10)
        done = False
        while True:
            for byte in outgoing.read():
                slow.sendall(bytes([byte]))
            if done:
                break
            try:
                client.do_handshake()
                client.write(fix("35=A|49=BROKER3|56=CARBONX|34=5|52=%s|98=0|108=10|" % timestamp()))
                done = True
            except ssl.SSLWantReadError:
                incoming.write(slow.recv(4096))
        answer = b""
        while b"\x0110=" not in answer:
            incoming.write(slow.recv(4096))
            try:
                answer += client.read(4096)
            except ssl.SSLWantReadError:
                pass
        assert b"\x0135=A\x01" in answer, answer
    print("ok: plaintext, half a handshake, one byte at a time")


def order(broker, client_id, side, quantity):
    broker.send("D", (11, client_id), (1, broker.comp_id), (55, SYMBOL), (54, side), (60, timestamp()),
                (38, quantity), (40, 2), (44, "10.05"), (59, 1))


def sell(broker, client_id, quantity):
    order(broker, client_id, 2, quantity)
    step_until(lambda: any(m.get(11) == client_id for m in broker.received), "no answer to a sell order", [broker])
    assert broker.received[-1][150] != "8", broker.received[-1].raw


def check_order_life(venue, number):
    """Two sessions trade by TLS; one is cut off, and gets what it missed, once."""
    seller = venue.broker("BROKER1", None, "broker1")
    seller.next_out = seller.next_in = number
    buyer = venue.broker("BROKER2", "demo-broker2", "broker2")
    buyer.next_out = buyer.next_in = 5
    for broker in (seller, buyer):
        assert broker.connect()
    step_until(lambda: seller.logged_on and buyer.logged_on, "no logon", [seller, buyer])
    sell(seller, "offer", 30)
    seller.close()  # as a lost connection
    for i in range(3):
        order(buyer, "bid%d" % i, 1, 10)
    step_until(lambda: sum(m.get(150) == "F" for m in buyer.received) == 3, "no trades", [buyer])
    assert not any(m.get(150) == "F" for m in seller.received)
    assert seller.connect()
    step_until(lambda: sum(m.get(150) == "F" for m in seller.received) == 3, "nothing was resent", [seller, buyer])
    executions = [m[17] for m in seller.received]
    assert len(set(executions)) == len(executions) == 4, executions
    assert seller.received[-1][39] == "2" and not seller.altered
    print("ok: an order's life")
    return seller, buyer


def check_reload(venue, seller):
    """New certificates are for who connects then; a broken file changes nothing."""
    certificates = venue.certificates
    before = certificates.der("venue")
    assert certificates.shown() == before
    certificates.make("venue", issuer="ca", extension="subjectAltName=IP:127.0.0.1")
    assert certificates.der("venue") != before and certificates.shown() == before
    assert "the venue's certificate changed" in venue.tool("carbonx-admin", "gateway", "reload")
    renewed = certificates.der("venue")
    assert certificates.shown() == renewed
    sell(seller, "reloaded", 1)  # the session has stayed

    with open(certificates.path("venue.key"), encoding="ascii") as file:
        key = file.read()
    with open(certificates.path("venue.key"), "w", encoding="ascii") as file:
        file.write(key[:60])
    assert not venue.tool_works("carbonx-admin", "gateway", "reload")
    assert certificates.shown() == renewed
    certificates.make("venue", issuer="ca", extension="subjectAltName=IP:127.0.0.1")
    venue.processes["gateway"].send_signal(signal.SIGHUP)
    step_until(lambda: certificates.shown() == certificates.der("venue"), "SIGHUP has no effect")

    # BROKER3 changes its certificate: from the settings on, the old one is nobody's.
    lines = {name: certificates.line(name.lower()) for name in ("BROKER1", "BROKER2")}
    venue.write_sessions(dict(lines, BROKER3=certificates.line("stranger")))
    assert "session BROKER3 changed" in venue.tool("carbonx-admin", "gateway", "reload")
    old, new = (venue.broker("BROKER3", None, name) for name in ("broker3", "stranger"))
    old.next_out = old.next_in = new.next_out = new.next_in = 6
    assert not venue.is_let_in(old)
    assert venue.is_let_in(new)
    print("ok: reload")


def check_tool(venue):
    """carbonx-fix by TLS, and that it does not trust any venue."""
    certificates = venue.certificates
    command = [os.path.join(venue.binaries, "carbonx-fix"), "--tls", "--port", str(venue.tls_port), "--comp-id",
               "BROKER3", "--cert", certificates.path("stranger.pem"), "--key", certificates.path("stranger.key")]
    done = subprocess.run([*command, "--ca", certificates.path("ca.pem")], input="list\n", text=True, timeout=60,
                          capture_output=True)
    assert done.returncode == 0 and "logged on as BROKER3" in done.stdout and SYMBOL in done.stdout, done
    wrong = subprocess.run([*command, "--ca", certificates.path("broker1.pem")], input="", text=True, timeout=60,
                           capture_output=True)
    assert wrong.returncode == 1 and "certificate verify failed" in wrong.stderr, wrong
    print("ok: carbonx-fix")


def check_start(venue):
    """Outside loopback there is no plaintext that nobody has asked for."""
    venue.write_settings({"listen": '"0.0.0.0:%d"' % venue.fix_port})
    done = subprocess.run([os.path.join(venue.binaries, "carbonx-gateway"), "--settings", venue.settings],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and done.stderr.count("\n") == 1, done
    assert "plaintext_outside_loopback = true" in done.stderr, done
    print("ok: no plaintext outside loopback")


def main():
    with TlsVenue(sys.argv[1]) as venue:
        venue.start_all()
        venue.list_demo()
        number = check_s_client(venue)
        number = check_logons(venue, number)
        seller, buyer = check_order_life(venue, number)
        check_strangers(venue, seller)
        check_reload(venue, seller)
        check_tool(venue)
        seller.close()
        buyer.close()
        venue.stop()
        logs = venue.logs()
        for secret in ("demo-broker", "a mistake", "PRIVATE KEY"):
            assert secret not in logs, secret
        assert "listening for TLS on 127.0.0.1:%d" % venue.tls_port in logs
        check_start(venue)
    print("ok")


if __name__ == "__main__":
    main()
