"""ICC profiles as screens, scanners and people with something to hide make them."""

import struct
from collections.abc import Mapping

HEADER = 128
MARKS = (b"SERIAL-C02XK", b"GPS-PLACE-MARK", b"HIDDEN-BLOCK", b"MAKER-OF-IT", b"OWNER Ana Souza", b"BEHIND-IT")
SERIAL, PLACE, HIDDEN, MAKER, OWNER, BEHIND = MARKS

IDENTITY = b"para" + bytes(8) + struct.pack(">i", 65536)  # function 0: the value itself
CORNERS = bytes(value for red in (0, 255) for green in (0, 255) for blue in (0, 255) for value in (red, green, blue))


def elements(profile: bytes) -> dict[bytes, bytes]:
    """What each tag of a profile points to."""
    (count,) = struct.unpack_from(">I", profile, HEADER)
    rows = struct.iter_unpack(">4sII", profile[HEADER + 4 : HEADER + 4 + 12 * count])
    return {tag: profile[offset : offset + length] for tag, offset, length in rows}


def profile_of(header: bytes, content: Mapping[bytes, bytes], gap: bytes = b"") -> bytes:
    """A profile with another profile's header; ``gap`` stands between any two elements."""
    table, body = struct.pack(">I", len(content)), b""
    start = HEADER + 4 + 12 * len(content)
    for tag, element in content.items():
        table += struct.pack(">4sII", tag, start + len(body), len(element))
        body += element + bytes(-len(element) % 4) + gap + bytes(-len(gap) % 4)
    return struct.pack(">I", start + len(body)) + header[4:HEADER] + table + body


def of_a_screen(profile: bytes) -> bytes:
    """The same colours, with all that the calibration of a screen and a careless or malicious tool leave in it."""
    content = {tag: element + BEHIND for tag, element in elements(profile).items()}
    name = (OWNER.decode() + "'s screen").encode("utf-16-be")
    content |= {
        b"desc": b"mluc" + struct.pack(">IIIHHII", 0, 1, 12, 0x656E, 0x5553, len(name), 28) + name,
        b"cprt": b"text" + bytes(4) + OWNER,
        b"meta": b"dict" + bytes(4) + PLACE,
        b"mmod": b"mmod" + bytes(4) + SERIAL,
        b"dmnd": b"desc" + bytes(4) + struct.pack(">I", len(MAKER)) + MAKER + bytes(80),
        b"targ": b"text" + bytes(4) + SERIAL,
        b"vcgt": b"vcgt" + bytes(4) + HIDDEN,
        b"XYZ!": b"data" + bytes(4) + HIDDEN,
    }
    header = profile[:48] + MAKER[:8] + profile[56:80] + MAKER[:4] + bytes(16) + HIDDEN.ljust(28, b"\0")
    return profile_of(header, content, HIDDEN)


def of_tables(header: bytes, table: bytes) -> bytes:
    """A profile whose colours are in a table, A2B0."""
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    return profile_of(header[:20] + b"Lab " + header[24:], {b"wtpt": white, b"A2B0": table})


def pipeline(gap: bytes = b"") -> bytes:
    """An ``mAB `` element of three channels with all five parts, and something in between (ICC.1:2022, 10.12)."""
    curves = IDENTITY * 3
    matrix = struct.pack(">12i", *(65536 if at in {0, 4, 8} else 0 for at in range(12)))
    clut = bytes((2, 2, 2)) + bytes(13) + bytes((1, 0, 0, 0)) + CORNERS
    offsets, body = [], b""
    for part in (curves, matrix, curves, clut, curves):
        body += gap
        offsets.append(32 + len(body))
        body += part + bytes(-len(part) % 4)
    return b"mAB " + bytes(4) + bytes((3, 3, 0, 0)) + struct.pack(">5I", *offsets) + body


def old_table(kind: bytes) -> bytes:
    """An ``mft1`` or ``mft2`` element of three channels (10.10, 10.11)."""
    matrix = struct.pack(">9i", *(65536 if at in {0, 4, 8} else 0 for at in range(9)))
    head = kind + bytes(4) + bytes((3, 3, 2, 0)) + matrix
    if kind == b"mft1":
        return head + bytes(range(256)) * 3 + CORNERS + bytes(range(256)) * 3
    words = b"".join(struct.pack(">H", value * 257) for value in CORNERS)
    return head + struct.pack(">HH", 2, 2) + b"\0\0\xff\xff" * 3 + words + b"\0\0\xff\xff" * 3
