"""The cut into parts: within S3's limits, and the bundle's bytes again when applied."""

import zlib
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from handlers.zip.layout import Entry, Layout, Source, lay_out
from handlers.zip.plan import MIB, BundleTooLargeError, CopiedPart, Limits, Part, SentPart, plan

# Headers take some 100 bytes: limits of the same order make every case of the real ones, in milliseconds.
SMALL = Limits(min_part=500, part=1000, max_part=3000, max_copy=2000, max_parts=10_000)
PHOTO = 8_700_000  # bytes; a 24-megapixel JPEG


def layout_of(sizes: Sequence[int]) -> tuple[Layout, dict[str, bytes]]:
    objects = {f"key-{number}": bytes([number % 251]) * size for number, size in enumerate(sizes)}
    entries = [
        Entry(f"{number:03d}.jpg", Source(key, len(content), zlib.crc32(content), '"e"'))
        for number, (key, content) in enumerate(objects.items())
    ]
    return lay_out(entries, "2026-03-01"), objects


def layout_without_bytes(sizes: Sequence[int]) -> Layout:
    return lay_out((Entry(f"{n:05d}.jpg", Source(f"k{n}", size, 1, "e")) for n, size in enumerate(sizes)), "2026-03-01")


def applied(parts: Sequence[Part], objects: dict[str, bytes]) -> bytes:
    pieces = [piece for part in parts for piece in (part.pieces if isinstance(part, SentPart) else [part.slice])]
    return b"".join(
        piece if isinstance(piece, bytes) else objects[piece.source.key][piece.start : piece.stop] for piece in pieces
    )


def assert_within(parts: Sequence[Part], limits: Limits) -> None:
    assert 1 <= len(parts) <= limits.max_parts
    assert all(part.size >= limits.min_part for part in parts[:-1])
    for part in parts:
        if isinstance(part, SentPart):
            assert 0 < part.size <= limits.max_part
        else:
            assert limits.min_part <= part.size <= limits.max_copy
            assert part.size == part.slice.source.size or part.slice.source.size > limits.min_part


def copied(parts: Sequence[Part]) -> int:
    return sum(part.size for part in parts if isinstance(part, CopiedPart))


@given(st.lists(st.integers(0, 4000), max_size=30))
@example([499, 500, 501, 1000, 1001, 2000, 2001, 4000])
@example([])
@settings(max_examples=300, deadline=None)
def test_the_parts_are_the_bundle(sizes: list[int]) -> None:
    layout, objects = layout_of(sizes)
    parts = plan(layout.pieces, SMALL)
    assert_within(parts, SMALL)
    whole = applied(parts, objects)
    assert (len(whole), zlib.crc32(whole)) == (layout.size, layout.crc32)


@given(st.lists(st.integers(0, 4000), min_size=1, max_size=30), st.integers(2, 40))
@settings(max_examples=200, deadline=None)
def test_the_number_of_parts_is_kept_or_the_bundle_refused(sizes: list[int], most: int) -> None:
    limits = Limits(min_part=500, part=1000, max_part=5000, max_copy=2000, max_parts=most)
    layout, objects = layout_of(sizes)
    if layout.size > limits.max_part * most:
        assume(layout.size > (limits.max_part + limits.max_copy) * most)  # between the two, either is right
        with pytest.raises(BundleTooLargeError):
            plan(layout.pieces, limits)
        return
    parts = plan(layout.pieces, limits)
    assert_within(parts, limits)
    assert zlib.crc32(applied(parts, objects)) == layout.crc32


@given(st.lists(st.integers(400, 3000), min_size=1, max_size=6))
@settings(max_examples=150, deadline=None)
def test_no_other_cut_copies_more(sizes: list[int]) -> None:
    """Against trying every set of files, each with every useful beginning and end."""
    limits = Limits(min_part=500, part=1000, max_part=3000, max_copy=10_000)
    layout, _ = layout_of(sizes)
    header = len(layout.pieces[0])
    assert copied(plan(layout.pieces, limits)) == _most_copied(tuple(sizes), header, limits.min_part)


def _most_copied(sizes: tuple[int, ...], header: int, least: int) -> int:
    best = 0
    for chosen in range(1, 2 ** len(sizes)):
        total, waiting, spare = 0, 0, 0
        for number, size in enumerate(sizes):
            waiting += header
            if not chosen >> number & 1:
                waiting += size
                continue
            missing = max(0, least - waiting)
            back = min(missing, spare)
            if size - (missing - back) < least:
                break
            total += size - missing
            spare = size - (missing - back) - least
            waiting = 0
        else:
            best = max(best, total)
    return best


def test_half_of_ordinary_photos_and_nearly_all_of_a_video_never_cross_the_function() -> None:
    photos = layout_without_bytes([PHOTO] * 40)
    assert copied(plan(photos.pieces)) >= 0.49 * photos.size
    video = layout_without_bytes([400_000_000])
    assert copied(plan(video.pieces)) >= 0.97 * video.size


def test_small_photos_share_parts() -> None:
    layout = layout_without_bytes([300_000] * 400)
    parts = plan(layout.pieces)
    assert len(parts) == -(-layout.size // (10 * MIB))
    assert copied(parts) == 0


def test_a_large_video_is_copied_in_ranges_that_run_side_by_side() -> None:
    parts = plan(layout_without_bytes([3 * 2**30]).pieces)
    ranges = [part.slice for part in parts if isinstance(part, CopiedPart)]
    assert len(ranges) == 12
    assert all(left.stop == right.start for left, right in pairwise(ranges))


@pytest.mark.parametrize("size", [PHOTO, 40_000_000])
def test_ten_thousand_files_fit_one_upload(size: int) -> None:
    layout = layout_without_bytes([size] * 10_000)
    parts = plan(layout.pieces)
    assert_within(parts, Limits())
    assert sum(part.size for part in parts) == layout.size


def test_what_no_upload_holds_is_refused() -> None:
    layout = layout_without_bytes([4 * MIB] * 101)  # nothing to copy, 404 MiB to send
    with pytest.raises(BundleTooLargeError, match="needs more than 10 parts of 41,943,040 bytes"):
        plan(layout.pieces, Limits(max_parts=10))
