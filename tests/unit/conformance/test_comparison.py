"""What counts as a disagreement, and what explains it."""

from pathlib import Path

import pytest

from conformance.__main__ import report
from conformance.comparison import Disagreement, compare, read_reasons, reason_of, unneeded
from conformance.photos import PHOTOS
from conformance.videos import VIDEOS
from conformance.views import PhotoView, Refusal, VideoView, View

GREY = PhotoView(40, 30, ((100, 100, 100),) * 16)
VIDEO = VideoView(1920, 1080, 10.0, 90, 29.97, "hvc1", "HLG", sound=True)
REFUSED = Refusal("IMAGE_CORRUPT")


def aspects(ours: View, theirs: View) -> list[str]:
    return [each.aspect for each in compare("case", "decoder", ours, theirs)]


def with_cell(*colour: int) -> PhotoView:
    assert GREY.cells
    return PhotoView(40, 30, (*GREY.cells[:15], colour))  # type: ignore[arg-type]


def test_the_same_view_is_agreement() -> None:
    assert aspects(GREY, GREY) == aspects(VIDEO, VIDEO) == []


def test_a_photo_on_its_side_has_another_size() -> None:
    assert aspects(GREY, PhotoView(30, 40, GREY.cells)) == ["size"]


@pytest.mark.parametrize(("colour", "expected"), [((108, 100, 92), []), ((109, 100, 100), ["colours"])])
def test_one_cell_beyond_the_tolerance_is_a_disagreement(colour: tuple[int, ...], expected: list[str]) -> None:
    assert aspects(GREY, with_cell(*colour)) == expected


def test_who_reads_no_pixels_says_nothing_of_colours_and_wholeness() -> None:
    size = PhotoView(40, 30)
    assert aspects(GREY, size) == aspects(REFUSED, size) == []
    assert aspects(GREY, PhotoView(30, 40)) == ["size"]


def test_that_both_refuse_is_agreement_whatever_the_reason() -> None:
    assert aspects(REFUSED, Refusal("premature end")) == []
    assert aspects(REFUSED, GREY) == aspects(GREY, REFUSED) == ["refused"]
    assert aspects(Refusal("UNSUPPORTED_MEDIA: 32 bits"), GREY) == ["unsupported"]


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        (VideoView(1920, 1080, 10.09), []),
        (VideoView(1920, 1080, 10.2), ["length"]),
        (VideoView(1920, 1080, frame_rate=30.0), []),
        (VideoView(1920, 1080, frame_rate=29.5), ["rate"]),
        (VideoView(1080, 1920, rotation=0), ["size", "rotation"]),
        (VideoView(1920, 1080, codec="avc1", transfer="SDR", sound=False), ["codec", "transfer", "sound"]),
    ],
)
def test_a_video_is_compared_by_what_the_other_says(theirs: VideoView, expected: list[str]) -> None:
    assert aspects(VIDEO, theirs) == expected


def test_a_length_that_only_the_other_knows_is_a_disagreement() -> None:
    assert aspects(VideoView(10, 10), VideoView(10, 10, 2.0)) == ["length"]


def test_a_pattern_explains_by_case_decoder_and_aspect() -> None:
    found = Disagreement("tiff-grey-12", "libvips", "refused", "shown", "refused")
    assert reason_of(found, {"tiff-*-12/libvips/refused": "no 12 bits"}) == "no 12 bits"
    assert reason_of(found, {"tiff-*-12/libvips/colours": "", "tiff-*-12/chromium/refused": ""}) is None


def test_a_pattern_that_explains_nothing_is_named_once_its_decoder_was_asked() -> None:
    reasons = {"a/libvips/size": "one", "b/chromium/size": "two"}
    assert unneeded([], reasons, ["libvips"]) == ["a/libvips/size"]
    assert unneeded([Disagreement("a", "libvips", "size", "", "")], reasons, ["libvips"]) == []


def test_the_report_counts_what_nothing_explains() -> None:
    found = [Disagreement("a", "libvips", "size", "1 x 1", "2 x 2"), Disagreement("b", "libvips", "size", "", "")]
    text, unexplained = report(found, {"b/*/size": "known"}, [])
    assert unexplained == 1
    assert text.splitlines()[:2] == ["a/libvips/size: 1 x 1 here, 2 x 2 there", "      NOT EXPLAINED"]


def test_every_committed_explanation_is_of_a_case_and_says_why() -> None:
    names = [case.name for case in (*PHOTOS, *VIDEOS)]
    for pattern, why in read_reasons().items():
        case, _, aspect = pattern.split("/")
        assert any(Path(name).match(case) for name in names), pattern
        assert aspect in {"size", "colours", "refused", "unsupported", "length", "rate", "*"}, pattern
        assert why, pattern


def test_cases_have_names_of_their_own() -> None:
    names = [case.name for case in (*PHOTOS, *VIDEOS)]
    assert len(names) == len(set(names))
