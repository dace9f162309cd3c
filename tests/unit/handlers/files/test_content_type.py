"""`handlers.files.content_type`: what a file is by its first bytes."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.files.content_type import HEAD_BYTES, canonical, detect, matches
from tests.support.corpus.photos import encoded, scene

KINDS = [
    ("JPEG", "image/jpeg"),
    ("PNG", "image/png"),
    ("WEBP", "image/webp"),
    ("TIFF", "image/tiff"),
    ("HEIF", "image/heic"),
    ("AVIF", "image/avif"),
    ("GIF", "image/gif"),
    ("BMP", "image/bmp"),
    ("JPEG2000", "image/jp2"),
    ("PDF", "application/pdf"),
]


def ftyp(major: bytes, *compatible: bytes) -> bytes:
    content = major + bytes(4) + b"".join(compatible)
    return struct.pack(">I4s", 8 + len(content), b"ftyp") + content + b"\0\0\0\x08free"


@pytest.mark.parametrize(("kind", "content_type"), KINDS)
def test_files_of_real_encoders_are_named(kind: str, content_type: str) -> None:
    assert detect(encoded(scene(), kind)[:HEAD_BYTES]) == content_type


@pytest.mark.parametrize(
    ("head", "content_type"),
    [
        (b"II*\0\x10\0\0\0CR\x02\0", "image/x-canon-cr2"),
        (b"MM\0*\0\0\0\x08", "image/tiff"),
        (b"II+\0\x08\0\0\0", "image/tiff"),
        (b"\xff\x0a\xfa\x1f", "image/jxl"),
        (b"8BPS\0\x01", "image/vnd.adobe.photoshop"),
        (b"PK\x03\x04\x14\0", "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        (b"AC1027\0", "image/vnd.dwg"),
        (b"RIFF\x10\0\0\0AVI LIST", "video/x-msvideo"),
        (b"\0\0\0\x14wide", "video/quicktime"),
        (b"\xef\xbb\xbf\r\n%PDF-1.7", "application/pdf"),
        (b"\x1aE\xdf\xa3\x9f", "video/x-matroska"),
    ],
)
def test_signatures_of_other_media_are_known(head: bytes, content_type: str) -> None:
    assert detect(head) == content_type


@pytest.mark.parametrize(
    ("head", "content_type"),
    [
        (ftyp(b"heic", b"mif1", b"heic"), "image/heic"),
        (ftyp(b"mif1", b"mif1", b"heic", b"isom"), "image/heic"),
        (ftyp(b"mif1", b"mif1", b"avif"), "image/avif"),
        (ftyp(b"mif1"), "image/heif"),
        (ftyp(b"msf1", b"msf1", b"hevc"), "image/heic"),
        (ftyp(b"avif", b"mif1", b"heic"), "image/avif"),
        (ftyp(b"crx ", b"crx ", b"isom"), "image/x-canon-cr3"),
        (ftyp(b"qt  ", b"qt  "), "video/quicktime"),
        (ftyp(b"isom", b"iso2", b"avc1", b"mp41"), "video/mp4"),
        (ftyp(b"XXXX", b"mp42"), "video/mp4"),
        (ftyp(b"3gp4", b"isom"), "video/3gpp"),
        (ftyp(b"M4A ", b"isom"), "audio/mp4"),
        (ftyp(b"XXXX", b"YYYY"), None),
        (b"\0\0\0\0ftypisom", "video/mp4"),
    ],
)
def test_brands_of_iso_media_decide_in_order(head: bytes, content_type: str | None) -> None:
    assert detect(head) == content_type


@pytest.mark.parametrize("head", [b"", b"\xff", b"hello", b"BMW is a car", b"<svg xmlns='http://www.w3.org/2000/svg'>"])
def test_text_and_nothing_have_no_type(head: bytes) -> None:
    assert detect(head) is None


@given(st.binary(max_size=64))
def test_no_bytes_break_sniffing(head: bytes) -> None:
    found = detect(head)
    assert found is None or canonical(found)


@pytest.mark.parametrize(
    ("declared", "detected"),
    [
        ("image/jpeg", "image/jpeg"),
        ("IMAGE/JPG; charset=binary", "image/jpeg"),
        ("image/heif", "image/heic"),
        ("video/mp4", "video/quicktime"),
        ("video/x-m4v", "video/mp4"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/zip"),
        ("application/vnd.ms-excel", "application/x-ole-storage"),
    ],
)
def test_spellings_of_one_type_match(declared: str, detected: str) -> None:
    assert matches(declared, detected)


@pytest.mark.parametrize(
    ("declared", "detected"),
    [
        ("image/jpeg", "image/png"),
        ("image/png", None),
        ("application/octet-stream", "image/jpeg"),
        ("", "image/jpeg"),
        ("application/pdf", "application/zip"),
        ("application/vnd.ms-excel\r\nx-amz-acl: public-read", "application/x-ole-storage"),
        ("application/vnd.ms-\u5bb6", "application/x-ole-storage"),
        ("application/vnd.ms-excel/x", "application/x-ole-storage"),
    ],
)
def test_another_type_never_matches(declared: str, detected: str | None) -> None:
    assert not matches(declared, detected)
