"""`handlers.thumbnails.slices`: one file over many pieces."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.thumbnails.slices import Slices


@given(st.lists(st.binary(max_size=20), max_size=6), st.lists(st.tuples(st.integers(0, 130), st.integers(0, 40))))
def test_reads_are_those_of_the_joined_parts(parts: list[bytes], reads: list[tuple[int, int]]) -> None:
    sliced, joined = io.BufferedReader(Slices([memoryview(part) for part in parts]), 7), io.BytesIO(b"".join(parts))
    for position, size in reads:
        assert sliced.seek(position) == joined.seek(position)
        assert sliced.read(size) == joined.read(size)


def test_positions_count_from_start_here_or_end() -> None:
    file = Slices([b"abc", b"", b"defg"])
    assert file.seek(-2, io.SEEK_END) == 5
    assert file.read() == b"fg"
    assert file.seek(1) == 1
    assert file.seek(3, io.SEEK_CUR) == 4
    assert file.seek(-9, io.SEEK_CUR) == 0


def test_it_cannot_be_written() -> None:
    with pytest.raises(io.UnsupportedOperation):
        io.BufferedWriter(Slices([b"abc"]))
