"""`handlers.thumbnails.photo_sphere`: 360° photos stay 360° photos, and say nothing else."""

import io
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from handlers.thumbnails import limits
from handlers.thumbnails.memory import MemoryBudget
from handlers.thumbnails.photo import Photo, process
from handlers.thumbnails.photo_sphere import PhotoSphere
from tests.support.corpus.camera import PRIVATE, camera_exif, segment, with_segments
from tests.support.corpus.photos import encoded, scene
from tests.support.corpus.spheres import GPANO, PRIVATE_PROPERTIES, XMP_PREFIX, packet, properties

SIZE = (96, 48)
WHOLE = properties(SIZE, SIZE)


def processed(data: bytes) -> Photo:
    return process(data, MemoryBudget(limits.DECODE_BYTES))


def jpeg(xmp: bytes, size: tuple[int, int] = SIZE, *others: bytes) -> bytes:
    return with_segments(encoded(scene(*size), "JPEG"), *others, segment(0xE1, XMP_PREFIX + xmp))


def told(made: Photo) -> dict[str, str]:
    """The properties of the processed file's packet, read by an XML parser."""
    packet = Image.open(io.BytesIO(made.processed)).info["xmp"]
    described = ET.fromstring(packet).iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description")  # noqa: S314 - ours
    (only,) = described
    return {name.removeprefix(f"{{{GPANO}}}"): value for name, value in only.attrib.items() if GPANO in name}


@pytest.mark.parametrize("elements", [False, True], ids=["attributes", "elements"])
@pytest.mark.parametrize("prefix", ["GPano", "pano"])
def test_a_sphere_keeps_its_projection(elements: bool, prefix: str) -> None:
    made = processed(jpeg(packet(WHOLE, elements=elements, prefix=prefix)))
    assert made.projection == "equirectangular"
    assert told(made) == WHOLE | {"UsePanoramaViewer": "True"}


def test_a_part_of_a_sphere_keeps_its_place_and_the_cameras_tilt() -> None:
    part = properties((400, 200), SIZE, (150, 60)) | {"PosePitchDegrees": "-3.14159", "PoseRollDegrees": "12"}
    made = processed(jpeg(packet(part)))
    assert told(made) == part | {
        "UsePanoramaViewer": "True",
        "PosePitchDegrees": "-3.14",
        "PoseRollDegrees": "12.0",
    }


def test_nothing_private_leaves_with_the_projection() -> None:
    made = processed(jpeg(packet(WHOLE | PRIVATE_PROPERTIES), SIZE, segment(0xE1, camera_exif(1))))
    assert told(made) == WHOLE | {"UsePanoramaViewer": "True"}
    for output in (made.processed, *made.variants.values()):
        assert not any(mark in output for mark in (*PRIVATE, b"123.456", b"2026", b"exif"))
    assert not any(b"GPano" in variant for variant in made.variants.values())


def test_a_sphere_that_was_made_smaller_is_told_in_its_own_pixels() -> None:
    original = properties((4000, 2000), (960, 480), (1000, 500))
    assert told(processed(jpeg(packet(original)))) == properties((400, 200), SIZE, (100, 50)) | {
        "UsePanoramaViewer": "True"
    }


def test_a_photo_twice_as_wide_as_high_needs_no_numbers() -> None:
    made = processed(jpeg(packet({"ProjectionType": "Equirectangular"})))
    assert told(made) == WHOLE | {"UsePanoramaViewer": "True"}


FLAT: dict[str, Callable[[], bytes]] = {
    "no XMP": lambda: encoded(scene(*SIZE), "JPEG"),
    "another projection": lambda: jpeg(packet(WHOLE | {"ProjectionType": "cylindrical"})),
    "its maker wants it flat": lambda: jpeg(packet(WHOLE | {"UsePanoramaViewer": "False"})),
    "another namespace": lambda: jpeg(packet(WHOLE).replace(GPANO.encode(), b"http://example.com/")),
    "no numbers, another shape": lambda: jpeg(packet({"ProjectionType": "equirectangular"}), (96, 64)),
    "cropped by an editor": lambda: jpeg(packet(WHOLE), (96, 64)),
    "beyond its sphere": lambda: jpeg(packet(properties((120, 60), SIZE, (30, 0)))),
    "left of its sphere": lambda: jpeg(packet(WHOLE | {"CroppedAreaLeftPixels": "-5"})),
    "a place that is missing": lambda: jpeg(
        packet({name: value for name, value in properties((400, 200), SIZE).items() if "Left" not in name})
    ),
    "no size": lambda: jpeg(packet(properties((0, 0), (0, 0)))),
    "larger than any": lambda: jpeg(packet(properties((9_000_000, 4_500_000), SIZE))),
    "a text for a number": lambda: jpeg(packet(properties((400, 200), SIZE) | {"FullPanoWidthPixels": "wide"})),
    "stored on its side": lambda: jpeg(packet(WHOLE), SIZE, segment(0xE1, camera_exif(6))),
}


@pytest.mark.parametrize("kind", FLAT)
def test_it_is_a_flat_photo(kind: str) -> None:
    made = processed(FLAT[kind]())
    assert made.projection is None
    assert b"GPano" not in made.processed


@pytest.mark.parametrize("tilt", ["91", "-90.5", "1e2", "nan", "&amp;", ""])
def test_an_impossible_tilt_is_left_out(tilt: str) -> None:
    assert "PosePitchDegrees" not in told(processed(jpeg(packet(WHOLE | {"PosePitchDegrees": tilt}))))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_a_sphere_of_another_format_stays_one(kind: str) -> None:
    xmp = packet(WHOLE | PRIVATE_PROPERTIES)
    if kind == "PNG":
        data = encoded(scene(*SIZE), kind, pnginfo=_png_text(xmp))
    elif kind == "TIFF":
        data = encoded(scene(*SIZE), kind, tiffinfo={700: xmp})
    else:
        data = encoded(scene(*SIZE), kind, xmp=xmp)
    made = processed(data)
    assert told(made) == WHOLE | {"UsePanoramaViewer": "True"}
    assert not any(mark in made.processed for mark in PRIVATE)


def _png_text(xmp: bytes) -> object:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", xmp.decode())
    return info


def test_a_written_packet_reads_as_what_it_was_made_from() -> None:
    sphere = PhotoSphere(SIZE, (400, 200), 150, 60, -3.14, 180.0)
    assert PhotoSphere.read(sphere.packet(), SIZE) == sphere


@given(st.binary(max_size=400), st.tuples(st.integers(1, 65_500), st.integers(1, 65_500)))
def test_any_bytes_are_a_flat_photo_or_a_sound_sphere(noise: bytes, size: tuple[int, int]) -> None:
    head = f'xmlns:GPano="{GPANO}" GPano:ProjectionType="equirectangular" '.encode()
    for sphere in (PhotoSphere.read(noise, size), PhotoSphere.read(head + noise, size)):
        assert sphere is None or sphere.full == size


NUMBERS = st.integers(-5, 2_000_000)


@given(st.tuples(NUMBERS, NUMBERS), st.tuples(NUMBERS, NUMBERS), st.tuples(NUMBERS, NUMBERS))
def test_a_photo_never_lies_outside_its_sphere(
    full: tuple[int, int], area: tuple[int, int], corner: tuple[int, int]
) -> None:
    for size in (SIZE, area):
        sphere = PhotoSphere.read(packet(properties(full, area, corner)), size)
        if sphere:
            assert 0 <= sphere.left <= sphere.full[0] - size[0]
            assert 0 <= sphere.top <= sphere.full[1] - size[1]
