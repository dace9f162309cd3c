"""Views of pictures: cells, transparency, profiles; and ffprobe's answers."""

import io
from typing import Any

import pytest
from PIL import Image

from conformance.ffprobe import view_of
from conformance.pipeline import view_photo, view_picture
from conformance.privacy import planted_in, private_tags
from conformance.tiffs import TIFFS
from conformance.views import PhotoView, Refusal, VideoView, as_cells, cells
from handlers.thumbnails.icc import display_p3_profile
from tests.support.corpus import camera
from tests.support.corpus.photos import CORNERS, compass, encoded


def test_cells_tell_where_a_colour_is() -> None:
    found = cells(compass())
    assert (found[0], found[3], found[15], found[12]) == CORNERS


def test_what_is_transparent_is_seen_on_white() -> None:
    assert set(cells(Image.new("RGBA", (20, 20), (0, 0, 0, 128)))) == {(127, 127, 127)}


def test_cells_come_back_out_of_their_channels() -> None:
    assert as_cells([1.2, 2.4, 2.6, 4, 5, 6]) == ((1, 2, 3), (4, 5, 6))


def test_a_profile_in_a_picture_is_applied() -> None:
    plain = view_picture(encoded(compass(), "PNG")).cells
    wide = view_picture(encoded(compass(), "PNG", icc_profile=display_p3_profile())).cells
    assert plain
    assert wide
    assert wide[0][0] > plain[0][0] + 8


def test_the_pipelines_view_is_that_of_its_large_variant() -> None:
    seen, outputs = view_photo(camera.camera_jpeg(6, encoded(compass(), "JPEG", quality=95)))
    assert isinstance(seen, PhotoView)
    assert (seen.width, seen.height) == (80, 120)
    assert outputs.keys() == {"processed", "thumbnail", "small", "medium", "large"}


def test_a_refused_photo_has_no_outputs() -> None:
    seen, outputs = view_photo(b"GIF89a")
    assert isinstance(seen, Refusal)
    assert outputs == {}


@pytest.mark.parametrize(
    "name", ["tiff-rgb-8-chunky-le", "tiff-rgb-8-planar-be", "tiff-rgb-16-chunky-be", "tiff-big-le"]
)
def test_tiffs_show_the_compass(name: str) -> None:
    case = next(case for case in TIFFS if case.name == name)
    with Image.open(io.BytesIO(case.make())) as photo:
        found = cells(photo)
    assert (found[0], found[3], found[15], found[12]) == CORNERS


def test_secrets_are_found_in_bytes() -> None:
    assert planted_in(b"\xff\xd8" + camera.SERIAL + b"\xff\xd9") == [camera.SERIAL]
    assert planted_in(b"\xff\xd8\xff\xd9") == []


def test_exiftools_tags_are_private_unless_colour_or_the_file_needs_them() -> None:
    row = {
        "SourceFile": "a.jpg", "File:ImageWidth": 1200, "JFIF:XResolution": 1, "IFD0:Orientation": "Horizontal",
        "ICC_Profile:ProfileDescription": "Display P3", "ICC-header:DeviceManufacturer": "",
        "XMP-GPano:PoseHeadingDegrees": 1,
        "IFD0:Artist": "Ana", "GPS:GPSLatitude": 1, "ICC_Profile:MakeAndModel": "x", "XMP-dc:Title": "t",
        "File:Comment": "c",
    }  # fmt: skip
    assert [each.split(" ")[0] for each in private_tags(row)] == [
        "IFD0:Artist", "GPS:GPSLatitude", "ICC_Profile:MakeAndModel", "XMP-dc:Title", "File:Comment",
    ]  # fmt: skip


def stream(**changes: Any) -> dict[str, Any]:
    return {
        "codec_type": "video", "codec_tag_string": "avc1", "width": 640, "height": 360, "avg_frame_rate": "30000/1001",
        "duration": "2.002", "disposition": {"default": 1, "attached_pic": 0}, **changes,
    }  # fmt: skip


def test_ffprobes_video_is_the_one_that_plays() -> None:
    cover = stream(width=3000, height=3000, disposition={"default": 0, "attached_pic": 1})
    seen = view_of({"streams": [cover, stream(), {"codec_type": "audio"}]})
    assert seen == VideoView(640, 360, 2.002, 0, 30_000 / 1001, "avc1", "SDR", sound=True)


def test_ffprobes_rotation_and_pixel_shape_are_applied() -> None:
    turned = stream(side_data_list=[{"rotation": -90}], sample_aspect_ratio="4:3", color_transfer="arib-std-b67")
    seen = view_of({"streams": [turned]})
    assert isinstance(seen, VideoView)
    assert (seen.width, seen.height, seen.rotation, seen.transfer) == (360, 853, 90, "HLG")


def test_what_ffprobe_does_not_know_is_left_out() -> None:
    seen = view_of({"streams": [stream(duration=None, avg_frame_rate="0/0")], "format": {}})
    assert isinstance(seen, VideoView)
    assert seen.seconds is seen.frame_rate is None
    assert isinstance(view_of({}), Refusal)
