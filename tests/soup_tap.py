"""Stands between a SoupBinTCP client and its server, passes on what each says, and keeps it as a capture for
Wireshark: needs no right to listen to an interface. One connection."""

import socket
import struct
import threading

CLIENT_PORT = 50000  # in the capture; the server's port is the tap's
LOGIN_ACCEPTED_BYTES = 33


class Tap:
    def __init__(self, server_port):
        self.server_port = server_port
        self.said = []  # (by the client, bytes), in the order in which it passed
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        client, _ = self.listener.accept()
        server = socket.create_connection(("127.0.0.1", self.server_port))
        back = threading.Thread(target=self.pass_on, args=(server, client, False), daemon=True)
        back.start()
        self.pass_on(client, server, True)
        back.join()
        client.close()
        server.close()

    def pass_on(self, sender, receiver, by_client):
        # Wireshark begins another connection behind a segment with a Login Accepted, and loses the start of a
        # frame that stands there too. So that is a segment of its own, as the server sends it.
        size = 16384 if by_client else LOGIN_ACCEPTED_BYTES
        try:
            while data := sender.recv(size):
                size = 16384
                with self.lock:
                    self.said.append((by_client, data))
                receiver.sendall(data)
            receiver.shutdown(socket.SHUT_WR)
        except OSError:  # the other side is gone
            pass

    def save(self, path):
        """Writes the whole conversation as TCP segments in a pcap file of raw IP packets."""
        self.thread.join(10)
        self.listener.close()
        sent = {True: 1, False: 1}  # next sequence numbers
        address = socket.inet_aton("127.0.0.1")
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
            for number, (by_client, data) in enumerate(self.said):
                ports = (CLIENT_PORT, self.port) if by_client else (self.port, CLIENT_PORT)
                tcp = struct.pack(">HHIIBBHHH", *ports, sent[by_client], sent[not by_client],
                                  5 << 4, 0x18, 65535, 0, 0)
                size = 20 + len(tcp) + len(data)
                ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, size, 0, 0, 64, 6, 0, address, address)
                file.write(struct.pack("<IIII", 1_795_395_600, number, size, size) + ip + tcp + data)
                sent[by_client] += len(data)
