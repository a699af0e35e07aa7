"""Wireshark as a decoder of captures: its MoldUDP64 and its SoupBinTCP, on a port."""

import subprocess

# What is malformed, or a warning or worse of any protocol; a datagram that is not understood at all. (Of a
# frame over several TCP segments, only the last segment is SoupBinTCP's.)
TROUBLE = "_ws.malformed or _ws.expert.severity >= 0x600000 or (udp and not moldudp64)"


class Capture:
    def __init__(self, path, protocol, port):
        """protocol: moldudp64 or soupbintcp"""
        self.path, self.protocol, self.port = str(path), protocol, port

    def run(self, *arguments):
        # It guesses that SoupBinTCP carries OUCH; ours carries ITCH, which it leaves as it is.
        transport = "udp" if self.protocol == "moldudp64" else "tcp"
        return subprocess.run(
            ["tshark", "-n", "-d", "%s.port==%d,%s" % (transport, self.port, self.protocol),
             "--disable-protocol", "ouch", "-r", self.path, *arguments],
            check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout

    def complaints(self):
        return self.run("-Y", TROUBLE)

    def field(self, name, of="frame"):
        """All values of a field in the frames that a display filter lets through, in order."""
        text = self.run("-Y", of, "-T", "fields", "-e", name)
        return [value for frame in text.split() for value in frame.split(",")]
