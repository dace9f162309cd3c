"""What MediaConvert decodes, by its own table."""

import pytest

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.files.codecs import check_decodable


@pytest.mark.parametrize("code", ["avc1", "hvc1", "hev1", "dvh1", "mp4v", "apch", "dvc ", "jpeg", "raw ", "rle "])
def test_pictures_of_the_table_are_taken(code: str) -> None:
    check_decodable(code, None)


@pytest.mark.parametrize("code", ["mp4a", "ac-3", "ec-3", "sowt", "lpcm", ".mp3", "ms\0U", "raw "])
def test_sound_of_the_table_is_taken(code: str) -> None:
    check_decodable("avc1", code)


@pytest.mark.parametrize("code", ["av01", "vp08", "vp09", "vvc1", "encv", "CFHD", "\xff\0a\n"])
def test_other_pictures_are_refused_with_the_remedy(code: str) -> None:
    with pytest.raises(AssetError, match=r"pictures .*: export it as MP4 with H.264 and AAC") as caught:
        check_decodable(code, "mp4a")
    assert caught.value.code is AssetErrorCode.UNSUPPORTED_MEDIA
    assert caught.value.message.isascii()


@pytest.mark.parametrize("code", ["Opus", "fLaC", "alac", "samr", "dtsc", "apac", "enca"])
def test_other_sound_is_refused_with_the_remedy(code: str) -> None:
    with pytest.raises(AssetError, match=r"sound .*: export it as MP4 with H.264 and AAC"):
        check_decodable("avc1", code)
