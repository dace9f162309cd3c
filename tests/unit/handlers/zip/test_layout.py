"""The bytes of a bundle, before anything is uploaded."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.zip.layout import Entry, Layout, Slice, Source, Zip64From, lay_out
from tests.support.builders import DATE
from tests.unit.handlers.zip.conftest import Opened


def source(name: str, content: bytes) -> Source:
    return Source(name, len(content), zlib.crc32(content), '"etag"')


def written(layout: Layout, objects: Mapping[str, bytes]) -> bytes:
    return b"".join(
        piece if isinstance(piece, bytes) else objects[piece.source.key][piece.start : piece.stop]
        for piece in layout.pieces
    )


contents = st.dictionaries(st.text("abcdé水😀", min_size=1, max_size=8), st.binary(max_size=60), max_size=8)


@given(contents, st.booleans())
@settings(max_examples=200, deadline=None)
def test_python_reads_every_bundle_back(files: dict[str, bytes], zip64: bool) -> None:
    objects = {f"key-{name}": content for name, content in files.items()}
    entries = [Entry(name, source(f"key-{name}", content)) for name, content in files.items()]
    entries.append(Entry("MISSING.txt", b"at hand"))
    layout = lay_out(entries, DATE, Zip64From(size=20, entries=3) if zip64 else None)
    whole = written(layout, objects)
    assert (len(whole), zlib.crc32(whole)) == (layout.size, layout.crc32)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files | {"MISSING.txt": b"at hand"}
        assert all(entry.compress_type == zipfile.ZIP_STORED for entry in archive.infolist())


@pytest.mark.parametrize("zip64", [None, Zip64From(size=4, entries=2)])
def test_info_zip_accepts_names_sizes_and_zip64(zip64: Zip64From | None, opened: Opened) -> None:
    files = {"01 - Sala.jpg": b"first", "02 - Salão de jogos, 水.pdf": b"", "03.mp4": bytes(1000)}
    layout = lay_out([Entry(name, content) for name, content in files.items()], DATE, zip64)
    assert opened(written(layout, {})) == files


def test_the_same_input_gives_the_same_bytes() -> None:
    entries = [Entry("01.jpg", source("a", b"x")), Entry("MISSING.txt", b"y")]
    assert lay_out(entries, DATE) == lay_out(entries, DATE)


def test_another_content_order_or_name_gives_another_fingerprint() -> None:
    first, second = Entry("01.jpg", b"x"), Entry("02.jpg", b"y")
    variants = [
        [first, second],
        [second, first],
        [first],
        [Entry("01.jpg", b"z"), second],
        [Entry("1.jpg", b"x"), second],
    ]
    assert len({lay_out(entries, DATE).fingerprint for entries in variants}) == len(variants)


@pytest.mark.parametrize(
    ("date", "stamp"),
    [
        (DATE, (2026, 3, 1)),
        ("1970-05-05", (1980, 1, 1)),
        ("2107-12-31", (2107, 12, 31)),
        ("2200-01-01", (2107, 12, 31)),
    ],
)
def test_files_carry_the_batchs_date(date: str, stamp: tuple[int, int, int]) -> None:
    layout = lay_out([Entry("01.jpg", b"x")], date)
    (entry,) = zipfile.ZipFile(io.BytesIO(written(layout, {}))).infolist()
    assert entry.date_time == (*stamp, 0, 0, 0)


def test_names_are_marked_as_utf_8_and_files_as_ordinary() -> None:
    layout = lay_out([Entry("01 - Salão.jpg", b"x")], DATE)
    (entry,) = zipfile.ZipFile(io.BytesIO(written(layout, {}))).infolist()
    assert entry.flag_bits == 0x800
    assert entry.external_attr >> 16 == 0o100644


def test_an_empty_object_takes_no_bytes_of_its_own() -> None:
    layout = lay_out([Entry("01.jpg", source("a", b""))], DATE)
    assert not [piece for piece in layout.pieces if isinstance(piece, Slice)]


def test_files_and_offsets_beyond_4_gib_are_found_again(tmp_path: Path) -> None:
    """A real bundle of that size, its large file a hole in a sparse file."""
    size = 2**32 + 5
    large, behind = Source("large", size, 0, "e"), source("small", b"behind it")
    layout = lay_out([Entry("01.mp4", large), Entry("02.jpg", behind)], DATE)
    path = tmp_path / "large.zip"
    with path.open("wb") as file:
        for piece in layout.pieces:
            if isinstance(piece, bytes):
                file.write(piece)
            elif piece.source is large:
                file.seek(size, io.SEEK_CUR)
            else:
                file.write(b"behind it")
    assert path.stat().st_size == layout.size
    with zipfile.ZipFile(path) as archive:
        assert archive.getinfo("01.mp4").file_size == size
        assert archive.getinfo("02.jpg").header_offset > 2**32
        assert archive.read("02.jpg") == b"behind it"


def test_more_than_65534_files_need_zip64() -> None:
    layout = lay_out((Entry(f"{number:x}", b"") for number in range(65_535)), DATE)
    whole = written(layout, {})
    assert struct.unpack("<H", whole[-12:-10]) == (0xFFFF,)
    assert len(zipfile.ZipFile(io.BytesIO(whole)).namelist()) == 65_535
