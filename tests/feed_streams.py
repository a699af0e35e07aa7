"""The streams of a venue's public feed, and what may be on them: the types and values of the tables of
marketdata/README.md, and nothing else."""

import socket

import wire_tables
from check_feed import flaw
from feed_recorder import Stream
from venue_process import free_port

TYPES = wire_tables.read_tables()

CHANNEL = """
[[marketdata.channel]]
number = %d
line_a = "%s:%d"
line_b = "%s:%d"
rerequest = "127.0.0.1:%d"
snapshot = "127.0.0.1:%d"
instruments = ["%s"]
"""


def streams_of(venue):
    """By the names that their files have."""
    return {
        "feed-1": Stream(venue.group_a, venue.group_b, venue.feed_port, venue.rerequest_port, venue.snapshot_port),
        "feed-carbon": Stream(venue.carbon_group_a, venue.carbon_group_b, venue.carbon_port,
                              venue.carbon_rerequest_port, venue.carbon_snapshot_port)}


def add_channel(venue, number, beginning):
    """A channel of the instruments whose names begin so. Before the venue starts."""
    groups = venue.group_a.rpartition(".")[0]
    stream = Stream("%s.%d" % (groups, 10 * number + 1), "%s.%d" % (groups, 10 * number + 2),
                    free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM))
    with open(venue.settings, "a", encoding="utf-8") as file:
        file.write(CHANNEL % (number, stream.group_a, stream.feed_port, stream.group_b, stream.feed_port,
                              stream.rerequest_port, stream.snapshot_port, beginning))
    return stream


def stranger(session, message):
    """What a subscriber who has the specification would stumble over; None: nothing."""
    try:
        wire_tables.decode(TYPES, message)
    except wire_tables.Malformed as malformed:
        return str(malformed)
    if not session.endswith(b"CC"):
        return flaw(message)
    kind = message[0:1]
    return None if kind.islower() or kind == b"S" else "%r is not of the carbon channel" % kind


def check_known(messages):
    """All of a recorder's; how many of each type."""
    kinds = {}
    for (session, number), message in sorted(messages.items()):
        wrong = stranger(session, message)
        assert wrong is None, "message %d of %s: %s" % (number, session.decode(), wrong)
        kinds[chr(message[0])] = kinds.get(chr(message[0]), 0) + 1
    return kinds
