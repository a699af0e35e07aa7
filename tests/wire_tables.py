"""A decoder of the public feed's messages that is made from the tables of marketdata/README.md and from nothing
else: what stands there wrong is decoded wrong."""
import collections
import pathlib
import re

SPECIFICATION = pathlib.Path(__file__).resolve().parent.parent / "marketdata" / "README.md"

# values: what one letter of an alpha stands for; letters: all that it may be, where the table lists them; bits: of a sum.
Field = collections.namedtuple("Field", "offset length kind name values letters bits")


class Malformed(Exception):
    pass


def field(row):
    offset, length, kind, text = (cell.strip() for cell in row.strip("|\n").split("|", 3))
    name = re.match("[^,:`]*", text)[0].strip()  # none where the values say it all
    values = dict(re.findall(r"`(.)` ([^,;]+)", text)) if kind == "alpha" else {}
    letters = set(re.findall(r"`(.)`", text)) if kind == "alpha" and length == "1" else set()
    if letters and "space" in text:
        letters.add(" ")
    bits = re.findall(r"(\d+) (\D.*?)(?=, \d|$)", text.split("a sum:")[-1]) if "a sum:" in text else []
    return Field(int(offset), int(length), kind, name, values, letters, [(int(bit), what) for bit, what in bits])


def read_tables():
    """By type: a message's fields, its header's among them."""
    header, types, sizes, fields = [], {}, {}, None
    for line in SPECIFICATION.read_text().splitlines():
        begins = re.match(r"\*\*`(.)` [^*]+\*\*, (\d+) bytes", line)
        if line.startswith("## "):
            fields = None
        elif line.startswith("ITCH 5.0. The first byte is the type."):
            fields = header
        elif begins and header:  # `G` of the snapshots comes before, and has no header
            fields = types[begins[1]] = list(header)
            sizes[begins[1]] = int(begins[2])
        elif re.match(r"\| \d", line) and fields is not None:
            fields.append(field(line))
    for kind, fields in types.items():
        at = 0
        for one in fields:
            if one.offset != at:
                raise Malformed(f"the table of {kind} has a hole or an overlap at {at}")
            at += one.length
        if at != sizes[kind]:
            raise Malformed(f"the table of {kind} ends at {at}, and it should have {sizes[kind]} bytes")
    return types


def number(data, one):
    return int.from_bytes(data[one.offset:one.offset + one.length], "big")


def decode(types, message):
    """The message's fields by name, numbers as integers; raises Malformed."""
    kind = chr(message[0]) if message else ""
    if kind not in types:
        raise Malformed(f"type {kind!r} is not in the tables")
    fields = types[kind]
    if len(message) != fields[-1].offset + fields[-1].length:
        raise Malformed(f"{kind} has {len(message)} bytes")
    values = {}
    for one in fields:
        if one.kind in ("alpha", "text"):
            value = message[one.offset:one.offset + one.length].decode("utf-8").rstrip(" ")
            if one.letters and one.name != "message type" and (value or " ") not in one.letters:
                raise Malformed(f"{kind} has {value!r} as its {one.name}")
        else:
            value = number(message, one)
        values[one.name] = value
    return values
