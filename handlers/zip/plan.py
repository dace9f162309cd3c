"""Which bytes of a bundle S3 copies by itself and which the Lambda sends: the parts of one multipart upload.

S3 copies a range of an object into a part (UploadPartCopy), but every part except the last must have at least 5 MiB
("Amazon S3 multipart upload limits"). The few header bytes between two files therefore need neighbours: a part that is
sent takes bytes from the end of the file before it and from the start of the one behind it. The planner finds the
copies that leave the fewest bytes to send. Files too small for it are sent, several in one part.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from handlers.zip.layout import Piece, Slice

MIB: Final = 2**20
_KEPT_STATES: Final = 12  # alternatives that the search carries from file to file


class BundleTooLargeError(Exception):
    """The bundle does not fit one multipart upload made within the function's memory; no retry helps."""


@dataclass(frozen=True, slots=True)
class Limits:
    """S3's limits and ours, in bytes ("Amazon S3 multipart upload limits").

    Parameters
    ----------
    min_part
        Least size of a part that is not the last.
    part, max_part
        Largest size of a part that is sent, at first and where the number of parts asks for more; each such part is in
        memory while it is on its way. ``part`` is at least twice ``min_part``, so that an even cut keeps the minimum.
    max_copy
        Largest range to copy at once. S3 allows 5 GiB; smaller ones run side by side.
    """

    min_part: int = 5 * MIB
    part: int = 10 * MIB
    max_part: int = 40 * MIB
    max_copy: int = 256 * MIB
    max_parts: int = 10_000


@dataclass(frozen=True, slots=True)
class CopiedPart:
    """A part that S3 copies from an object."""

    slice: Slice

    @property
    def size(self) -> int:
        return len(self.slice)


@dataclass(frozen=True, slots=True)
class SentPart:
    """A part that is put together in memory and sent."""

    pieces: tuple[Piece, ...]

    @property
    def size(self) -> int:
        return sum(len(piece) for piece in self.pieces)


type Part = CopiedPart | SentPart


def plan(pieces: Sequence[Piece], limits: Limits | None = None) -> list[Part]:
    """Cut a bundle into parts, in order.

    Parameters
    ----------
    pieces
        `handlers.zip.layout.Layout.pieces`; the last one is bytes (the directory).

    Raises
    ------
    BundleTooLargeError
        No cut keeps the number of parts and their size within the limits.
    """
    limits = limits or Limits()
    copies = _choose_copies(pieces, limits.min_part)
    while _count(pieces, copies, limits, limits.max_part) > limits.max_parts:
        if not copies:
            raise BundleTooLargeError(
                f"the ZIP of {sum(map(len, pieces)):,} bytes needs more than {limits.max_parts:,} parts "
                f"of {limits.max_part:,} bytes"
            )
        copies = _without_shortest(copies)
    size = limits.part
    while _count(pieces, copies, limits, size) > limits.max_parts:
        size += limits.part
    return [part for run in _runs(pieces, copies) for part in _parts(run, size, limits.max_copy)]


def _count(pieces: Sequence[Piece], copies: Mapping[int, tuple[int, int]], limits: Limits, size: int) -> int:
    """Number of parts, when a part that is sent has at most so many bytes."""
    return sum(
        -(-len(run) // limits.max_copy) if isinstance(run, Slice) else -(-sum(map(len, run)) // size)
        for run in _runs(pieces, copies)
    )


def _without_shortest(copies: Mapping[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
    """Give up a tenth of the copies: what stood on both sides of one is then sent as one run, in fewer parts."""
    by_length = sorted(copies.items(), key=lambda item: (item[1][0] - item[1][1], item[0]))
    return dict(by_length[: len(by_length) * 9 // 10])


@dataclass(frozen=True, slots=True)
class _Copy:
    """A link of the chain of chosen copies, from the last one back.

    Parameters
    ----------
    piece, start
        Position of the slice among the pieces, and where in it the copy begins.
    taken_back
        Bytes by which the copy before it is shorter, so that the part between them is large enough.
    """

    piece: int
    start: int
    taken_back: int
    before: "_Copy | None"


@dataclass(frozen=True, slots=True)
class _State:
    """One way to treat the files so far.

    Parameters
    ----------
    copied
        Bytes that S3 copies.
    waiting
        Bytes to send since the last copy; from ``min_part`` on more make no difference.
    spare
        Bytes that the last copy can give back and still be long enough.
    """

    copied: int
    waiting: int
    spare: int
    last: _Copy | None


def _choose_copies(pieces: Sequence[Piece], least: int) -> dict[int, tuple[int, int]]:
    """Range to copy by position of the slice, for the most copied bytes."""
    states = [_State(0, 0, 0, None)]
    for position, piece in enumerate(pieces):
        following = [replace(state, waiting=min(least, state.waiting + len(piece))) for state in states]
        if isinstance(piece, bytes):
            states = following
            continue
        for state in states:
            missing = least - state.waiting
            taken_back = min(missing, state.spare)
            start = missing - taken_back
            length = len(piece) - start
            if length >= least:
                link = _Copy(position, start, taken_back, state.last)
                following.append(_State(state.copied - taken_back + length, 0, length - least, link))
        states = _promising(following, least)
    return _ranges(max(states, key=lambda state: state.copied).last, pieces)


def _promising(states: list[_State], least: int) -> list[_State]:
    """Leave out what another state is no worse than in every way, and all but the best few."""
    kept: list[_State] = []
    for state in sorted(states, key=lambda state: (-state.copied, -state.waiting, -state.spare)):
        if not any(
            other.waiting >= least or (other.waiting >= state.waiting and other.spare >= state.spare) for other in kept
        ):
            kept.append(state)
    return kept[:_KEPT_STATES]


def _ranges(last: _Copy | None, pieces: Sequence[Piece]) -> dict[int, tuple[int, int]]:
    ranges = {}
    given_back = 0
    while last:
        ranges[last.piece] = (last.start, len(pieces[last.piece]) - given_back)
        given_back, last = last.taken_back, last.before
    return ranges


def _runs(pieces: Sequence[Piece], copies: Mapping[int, tuple[int, int]]) -> list[Slice | list[Piece]]:
    """Copies, and between them everything that is sent; the last run is sent."""
    runs: list[Slice | list[Piece]] = []
    run: list[Piece] = []
    for position, piece in enumerate(pieces):
        if position not in copies:
            run.append(piece)
            continue
        start, stop = copies[position]
        run += _part_of(piece, 0, start)
        copied = _part_of(piece, start, stop)
        runs += [run, *(part for part in copied if isinstance(part, Slice))]
        run = _part_of(piece, stop, len(piece))
    return [*runs, run]


def _part_of(piece: Piece, start: int, stop: int) -> list[Piece]:
    if start == stop:
        return []
    if isinstance(piece, bytes):
        return [piece[start:stop]]
    return [Slice(piece.source, piece.start + start, piece.start + stop)]


def _parts(run: Slice | list[Piece], size: int, max_copy: int) -> Iterator[Part]:
    if isinstance(run, Slice):
        for piece in _cut([run], max_copy):
            yield from (CopiedPart(part) for part in piece if isinstance(part, Slice))
    else:
        yield from (SentPart(tuple(pieces)) for pieces in _cut(run, size))


def _cut(pieces: Sequence[Piece], most: int) -> Iterator[list[Piece]]:
    """Cut pieces into the fewest groups of at most so many bytes; sizes differ by one at most."""
    total = sum(map(len, pieces))
    groups = -(-total // most)
    least, longer = divmod(total, groups)
    sizes = iter([least + 1] * longer + [least] * (groups - longer))
    group: list[Piece] = []
    room = next(sizes)
    for piece in pieces:
        start = 0
        while len(piece) - start > room:
            yield [*group, *_part_of(piece, start, start + room)]
            group, start, room = [], start + room, next(sizes)
        group += _part_of(piece, start, len(piece))
        room -= len(piece) - start
    yield group
