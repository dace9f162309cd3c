"""Names that people read and every system accepts."""

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.contract.batch import Asset
from handlers.zip.entry_names import MAX_NAME_BYTES, label, name_entries, number_width

# "Naming Files, Paths, and Namespaces" (Microsoft): reserved whatever follows the first dot.
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³")}

ASSET = Asset(
    index=0,
    key="42/raw/photo/horizontal/2026-03-01/DSC_0001.JPG",
    asset_type="PHOTO_HORIZONTAL",
    content_type="image/jpeg",
    bytes=1,
    checksum_sha256="0" * 64,
    sequence=1,
)
PROCESSED = "42/processed/photo/horizontal/2026-03-01/DSC_0001.jpg"


def named(title: str | None, key: str = PROCESSED, sequence: int = 1) -> str:
    return name_entries([(replace(ASSET, title=title, sequence=sequence), key)], 2)[0]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Sala", "01 - Sala.jpg"),
        (None, "01 - DSC_0001.jpg"),
        ("", "01 - DSC_0001.jpg"),
        ("   ", "01 - DSC_0001.jpg"),
        ("Sala.JPG", "01 - Sala.jpg"),
        ("v1.2", "01 - v1.2.jpg"),
        ("Sala/../../etc/passwd", "01 - Sala-..-..-etc-passwd.jpg"),
        ("..\\..\\x", "01 - ..-..-x.jpg"),
        ("a\x00b\x1fc\u202egnp.exe", "01 - ab cgnp.exe.jpg"),
        ("linha 1\nlinha\t2\u2028fim", "01 - linha 1 linha 2 fim.jpg"),
        ("Varanda. . .", "01 - Varanda.jpg"),
        ("NUL", "01 - NUL.jpg"),
        ("a:b*c?d", "01 - a-b-c-d.jpg"),
        ("Sala\u0303o".replace("lao", "la\u0303o"), "01 - Salão.jpg"),
        ("\ud800", "01 - DSC_0001.jpg"),
        ("...", "01 - DSC_0001.jpg"),
    ],
)
def test_titles_become_safe_names(title: str | None, name: str) -> None:
    assert named(title) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("42/processed/project/doc/2026-03-01/plan.PDF", "01 - Sala.pdf"),
        ("42/processed/project/doc/2026-03-01/plan", "01 - Sala"),
        ("42/processed/project/doc/2026-03-01/plan.final version", "01 - Sala"),
        ("42/processed/video/vertical/2026-03-01/video-1080p.mp4", "01 - Sala.mp4"),
    ],
)
def test_the_extension_is_that_of_the_processed_object(key: str, name: str) -> None:
    assert named("Sala", key) == name


OFFICE = "application/vnd.openxmlformats-officedocument"


@pytest.mark.parametrize(
    ("filename", "content_type", "name"),
    [
        ("planta.bat", "application/pdf", "01 - Planta.pdf"),
        ("planta.PDF", "application/pdf", "01 - Planta.pdf"),
        ("planta", "application/pdf; charset=binary", "01 - Planta.pdf"),
        ("planta.pdf.exe", "application/x-pdf", "01 - Planta.pdf"),
        ("planta.jar", "application/zip", "01 - Planta.zip"),
        ("planta.docx", "application/zip", "01 - Planta.docx"),
        ("planta.docm", f"{OFFICE}.wordprocessingml.document", "01 - Planta.docx"),
        ("planta.html", f"{OFFICE}.spreadsheetml.sheet", "01 - Planta.xlsx"),
        ("planta.msi", "application/msword", "01 - Planta.doc"),
        ("planta.xls", "application/vnd.ms-excel", "01 - Planta.xls"),
        ("planta.lnk", "application/vnd.ms-unheard-of", "01 - Planta"),
        ("planta.scr", "image/x-dwg", "01 - Planta.dwg"),
        ("planta.jpeg", "image/jpg", "01 - Planta.jpeg"),
        ("planta.svg", "image/png", "01 - Planta.png"),
        ("planta.tiff", "image/tiff", "01 - Planta.tiff"),
        ("planta.com", "text/rtf", "01 - Planta.rtf"),
    ],
)
def test_the_extension_of_a_document_follows_its_content(filename: str, content_type: str, name: str) -> None:
    key = f"42/raw/project/doc/2026-03-01/{filename}"
    asset = replace(ASSET, key=key, asset_type="PROJECT_DOC", content_type=content_type, title="Planta")
    assert name_entries([(asset, key.replace("raw", "processed"))], 2) == [name]


def test_an_asset_without_words_is_its_number() -> None:
    asset = replace(ASSET, key="42/raw/photo/horizontal/2026-03-01/\u200b.jpg")
    assert name_entries([(asset, PROCESSED)], 2) == ["01.jpg"]


def test_numbers_are_as_wide_as_the_listings_last_one() -> None:
    assets = [replace(ASSET, sequence=sequence) for sequence in (7, 120)]
    assert number_width(assets) == 3
    assert number_width([]) == 2
    assert name_entries([(asset, PROCESSED) for asset in assets], 3) == ["007 - DSC_0001.jpg", "120 - DSC_0001.jpg"]


def test_equal_names_are_counted_also_where_only_the_case_differs() -> None:
    titles = ["Sala", "SALA", "sala", "Sala (2)"]
    assert name_entries([(replace(ASSET, title=title), PROCESSED) for title in titles], 2) == [
        "01 - Sala.jpg",
        "01 - SALA (2).jpg",
        "01 - sala (3).jpg",
        "01 - Sala (2) (2).jpg",
    ]


def test_a_long_title_is_cut_between_letters() -> None:
    accented = "e\u0315" * 200  # an accent that NFC cannot join to its letter
    name = named(accented)
    assert len(name.encode()) <= MAX_NAME_BYTES
    assert name.endswith("\u0315.jpg")


def test_the_label_of_an_asset_whose_key_is_not_ours_is_its_last_part() -> None:
    assert label(replace(ASSET, key="somewhere/else/photo.jpg")) == "photo"
    assert label(replace(ASSET, key="")) == ""


@given(
    st.lists(
        st.tuples(st.none() | st.text(max_size=120), st.integers(0, 99), st.sampled_from([".jpg", ".PDF", ".a b", ""])),
        max_size=8,
    )
)
@settings(max_examples=150, deadline=None)
def test_every_name_is_safe_and_unique(titles: list[tuple[str | None, int, str]]) -> None:
    names = name_entries(
        [(replace(ASSET, title=title, sequence=number), f"42/x{suffix}") for title, number, suffix in titles], 2
    )
    assert len({unicodedata.normalize("NFC", name).casefold() for name in names}) == len(titles)
    for name, (_, number, _) in zip(names, titles, strict=True):
        assert name.startswith(f"{number:02d}")
        assert 0 < len(name.encode()) <= MAX_NAME_BYTES
        assert unicodedata.is_normalized("NFC", name)
        assert not set(name) & set('<>:"/\\|?*')
        assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for character in name)
        assert name == name.strip(" .")
        assert name.split(".")[0].casefold() not in RESERVED
