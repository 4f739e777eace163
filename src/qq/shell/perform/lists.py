"""How lists stand beside a working directory: bytes of ours, told by a first line, whose they are, and how long."""

import json
import zlib
from collections.abc import Sequence

from qq.core.listing import Listing

_MAGIC = b"qq list 1\n"


def packed(token: str, listings: Sequence[Listing]) -> list[bytes]:
    """One record, in pieces: whose lists, and the lists one after the other."""
    crc = 0
    for listing in listings:
        crc = zlib.crc32(listing.data, crc)
    head = {"token": token, "lists": [[len(each.data), each.count] for each in listings], "crc": crc}
    return [_MAGIC + json.dumps(head).encode("ascii") + b"\n", *(listing.data for listing in listings)]


def unpacked(data: bytes, token: str) -> list[list[Listing]]:
    """The records of a file that are whole and carry this token; what is torn ends the file."""
    records: list[list[Listing]] = []
    position = 0
    while data.startswith(_MAGIC, position):
        start = data.find(b"\n", position + len(_MAGIC)) + 1
        sizes = _sizes(data[position + len(_MAGIC) : start], token)
        if sizes is None:
            break
        lengths, crc = sizes
        position = start + sum(length for length, _ in lengths)
        if len(data) < position or zlib.crc32(memoryview(data)[start:position]) != crc:
            break
        records.append(_cut(data, start, lengths))
    return records


def _sizes(head: bytes, token: str) -> tuple[list[tuple[int, int]], int] | None:
    try:
        read = json.loads(head)
        if read["token"] != token:
            return None
        return [(int(length), int(count)) for length, count in read["lists"]], int(read["crc"])
    except (ValueError, KeyError, TypeError):
        return None


def _cut(data: bytes, position: int, lengths: list[tuple[int, int]]) -> list[Listing]:
    listings: list[Listing] = []
    for length, count in lengths:
        listings.append(Listing(data[position : position + length], count))
        position += length
    return listings
