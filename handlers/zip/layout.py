"""The bytes of a bundle: a ZIP of stored files, of which every byte is known before any media byte is read.

Follows PKWARE's APPNOTE.TXT 6.3.10. Stored entries (method 0) have no size of their own, so the offsets follow from the
files' sizes, and the headers from their CRC-32s. Sizes are in the local headers, not in data descriptors: every
unpacker can read the file from front to back.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from handlers.zip.crc32 import combine

_UTF8_NAMES: Final = 0x0800  # general purpose flag, bit 11
_UNIX: Final = 3 << 8  # "version made by": the attributes are Unix modes
_REGULAR_FILE: Final = 0o100644 << 16
_VERSION: Final = 20
_VERSION_ZIP64: Final = 45
_UNKNOWN_32: Final = 0xFFFFFFFF  # "see the Zip64 field"
_UNKNOWN_16: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class Source:
    """An object of the media bucket.

    Parameters
    ----------
    etag
        Pins what was looked at: an object that was written again meanwhile is refused, not mixed in. None where its
        size and CRC-32 come from a manifest, and S3's check of the finished bundle is what finds a difference.
    """

    key: str
    size: int
    crc32: int
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """Bytes ``start`` to ``stop`` (not included) of a source."""

    source: Source
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start


type Piece = bytes | Slice


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the bundle: an object, or bytes that are at hand."""

    name: str
    content: Source | bytes

    @property
    def size(self) -> int:
        return len(self.content) if isinstance(self.content, bytes) else self.content.size

    @property
    def crc32(self) -> int:
        return zlib.crc32(self.content) if isinstance(self.content, bytes) else self.content.crc32


@dataclass(frozen=True, slots=True)
class Layout:
    """A bundle as a row of pieces; each source stands in it whole, as one slice.

    Parameters
    ----------
    crc32
        CRC-32 of the whole bundle: S3 compares it with what it has put together.
    fingerprint
        SHA-256, in hex, of the directory: names, order, sizes and CRC-32s of all files.
    """

    pieces: tuple[Piece, ...]
    size: int
    crc32: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Zip64From:
    """Values from which the 32-bit and 16-bit fields no longer do; tests lower them."""

    size: int = _UNKNOWN_32
    entries: int = _UNKNOWN_16


def lay_out(entries: Iterable[Entry], date: str, zip64_from: Zip64From | None = None) -> Layout:
    """Lay out a bundle; the same entries and date give the same bytes.

    Parameters
    ----------
    date
        ``YYYY-MM-DD``, the time stamp of every file at midnight; ZIP knows 1980 to 2107, others become the nearest.
    """
    zip64 = zip64_from or Zip64From()
    stamp, limit = _dos_date(date), zip64.size
    pieces: list[Piece] = []
    directory = bytearray()
    offset, checksum, count = 0, 0, 0
    for entry in entries:
        count += 1
        header = _local_header(entry, stamp, limit)
        directory += _directory_record(entry, offset, stamp, limit)
        pieces.append(header)
        if isinstance(entry.content, bytes):
            pieces.append(entry.content)
        elif entry.size:
            pieces.append(Slice(entry.content, 0, entry.size))
        offset += len(header) + entry.size
        checksum = combine(combine(checksum, zlib.crc32(header), len(header)), entry.crc32, entry.size)
    end = bytes(directory) + _end_records(count, len(directory), offset, zip64)
    pieces.append(end)
    return Layout(
        pieces=tuple(pieces),
        size=offset + len(end),
        crc32=combine(checksum, zlib.crc32(end), len(end)),
        fingerprint=hashlib.sha256(end).hexdigest(),
    )


def _dos_date(date: str) -> int:
    year, month, day = (int(part) for part in date.split("-"))
    if not 1980 <= year <= 2107:
        year, month, day = (1980, 1, 1) if year < 1980 else (2107, 12, 31)
    return (year - 1980) << 9 | month << 5 | day


def _local_header(entry: Entry, stamp: int, limit: int) -> bytes:
    name, large = entry.name.encode(), entry.size >= limit
    # Both sizes are in the field when one is, as APPNOTE 4.5.3 demands of a local header.
    extra = struct.pack("<HHQQ", 1, 16, entry.size, entry.size) if large else b""
    size = _UNKNOWN_32 if large else entry.size
    version = _VERSION_ZIP64 if large else _VERSION
    fixed = (0x04034B50, version, _UTF8_NAMES, 0, 0, stamp, entry.crc32, size, size, len(name), len(extra))
    return struct.pack("<IHHHHHIIIHH", *fixed) + name + extra


def _directory_record(entry: Entry, offset: int, stamp: int, limit: int) -> bytes:
    name, large, far = entry.name.encode(), entry.size >= limit, offset >= limit
    fields = ([entry.size, entry.size] if large else []) + ([offset] if far else [])
    extra = struct.pack(f"<HH{len(fields)}Q", 1, 8 * len(fields), *fields) if fields else b""
    size = _UNKNOWN_32 if large else entry.size
    version = _VERSION_ZIP64 if fields else _VERSION
    head = (0x02014B50, _UNIX | version, version, _UTF8_NAMES, 0, 0, stamp, entry.crc32, size, size, len(name))
    tail = (len(extra), 0, 0, 0, _REGULAR_FILE, _UNKNOWN_32 if far else offset)
    return struct.pack("<IHHHHHHIIIHHHHHII", *head, *tail) + name + extra


def _end_records(count: int, directory_size: int, directory_offset: int, zip64: Zip64From) -> bytes:
    end = b""
    many = count >= zip64.entries
    large, far = directory_size >= zip64.size, directory_offset >= zip64.size
    if many or large or far:
        place = (count, count, directory_size, directory_offset)
        end = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, _UNIX | _VERSION_ZIP64, _VERSION_ZIP64, 0, 0, *place)
        end += struct.pack("<IIQI", 0x07064B50, 0, directory_offset + directory_size, 1)
    short_count = _UNKNOWN_16 if many else count
    size, offset = _UNKNOWN_32 if large else directory_size, _UNKNOWN_32 if far else directory_offset
    return end + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, short_count, short_count, size, offset, 0)
