"""Checks of what came out: results, objects, pixels, metadata, videos, the ZIP."""

import io
import re
import subprocess
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops

from operations.acceptance.batch import Asset
from operations.acceptance.check import Check, Seen, all_of
from operations.acceptance.run import WIDTHS, Run, Unseen, poster, promised
from operations.acceptance.samples import MARKER, POSITION

_TRANSCODER: Final = "MediaConvert's own transcoder instead of ffmpeg"


def uploads_accepted(run: Run) -> Seen:
    wrong = [f"{key}: {answer}" for key, answer in run.uploads.items() if answer != "200"]
    return all_of(wrong, f"{len(run.uploads)} of {len(run.batch.assets)} answered 200")


def message_accepted(run: Run) -> Seen:
    return Seen(not run.message, run.message or "taken")


def execution_ends(run: Run) -> Seen:
    ended = run.ended()
    end = " ".join(filter(None, (ended["status"], ended.get("error"))))
    return Seen(end == ("SUCCEEDED" if run.batch.known else "FAILED CallbackUndelivered"), end)


def results_of_assets(run: Run) -> Seen:
    codes = {output["rawKey"]: output["errorCode"] for output in run.manifest("result.json")["outputs"]}
    wrong = [
        f"{asset.sample.name}: {codes.get(asset.key, 'no result')} instead of {asset.sample.expected_error or 'none'}"
        for asset in run.batch.assets
        if codes.get(asset.key, "no result") != asset.sample.expected_error
    ]
    return all_of(wrong, ", ".join(f"{code} for {key.rsplit('-', 1)[-1]}" for key, code in codes.items() if code))


def objects_exist(run: Run) -> Seen:
    expected = {
        key: kind for asset in run.good for key, kind in promised(asset, run.account.environment.photo_variants).items()
    }
    wrong = []
    for key, kind in expected.items():
        try:
            found = run.head(key)["ContentType"]
        except Unseen as error:
            wrong.append(str(error))
            continue
        if found != kind:
            wrong.append(f"{key} is {found}")
    return all_of(wrong, f"{len(expected)} objects")


def metadata_gone(run: Run) -> Seen:
    wrong = []
    for key in (key for asset in run.good for key in promised(asset, run.account.environment.photo_variants)):
        content = run.body(key)
        wrong += [f"{key} holds {mark}" for mark in (MARKER, POSITION) if mark.encode() in content]
        if key.endswith(".jpg"):
            with Image.open(io.BytesIO(content)) as image:
                if image.getexif().get_ifd(0x8825):
                    wrong.append(f"{key} holds a position")
    for asset in run.photos:
        if MARKER.encode() not in asset.sample.content:
            wrong.append(f"{asset.sample.name} had nothing to lose")
    return all_of(wrong, f"no serial number and no position in the outputs of {len(run.good)} files")


def pixels_kept(run: Run) -> Seen:
    jpegs = [asset for asset in run.photos if asset.sample.content_type == "image/jpeg"]
    wrong = []
    for asset in jpegs:
        key = asset.output("processed", ".jpg")
        with Image.open(io.BytesIO(run.body(key))) as made, Image.open(io.BytesIO(asset.sample.content)) as raw:
            if made.size != raw.size or ImageChops.difference(made, raw).getbbox():
                wrong.append(f"{key} has other pixels")
    return all_of(wrong, f"{len(jpegs)} JPEGs, pixel by pixel")


def variants_upright(run: Run) -> Seen:
    wrong = []
    for asset in run.photos:
        width, height = asset.sample.upright
        for name, limit in WIDTHS.items():
            with Image.open(io.BytesIO(run.body(asset.output("thumb", f"-{name}.jpg")))) as image:
                wide = min(limit, width)
                if image.width != wide or abs(image.height - wide * height / width) > 1:
                    wrong.append(f"{asset.sample.name} {name} is {image.width}x{image.height}")
    return all_of(wrong, f"{len(run.photos)} photos at {', '.join(map(str, WIDTHS.values()))} pixels")


@dataclass(frozen=True, slots=True)
class Probe:
    """What ffmpeg says of a video: ``h264``, pixel format with its colours, size, and lines about sound tracks."""

    codec: str
    pixels: str
    size: tuple[int, int]
    sound: int

    def __str__(self) -> str:
        return f"{self.codec} {self.pixels} {self.size[0]}x{self.size[1]}, {self.sound} sound tracks"


def probe(content: bytes) -> Probe:
    """Read a video.

    Raises
    ------
    Unseen
        ffmpeg finds no picture in it.
    """
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        Path(file.name).write_bytes(content)
        text = subprocess.run(
            ["ffmpeg", "-hide_banner", "-i", file.name], capture_output=True, text=True, check=False
        ).stderr
    found = re.search(r"Video: (\w+).*?, (yuv\w+(?:\([^)]*\))?).*?, (\d{2,5})x(\d{2,5})", text)
    if found is None:
        raise Unseen(f"no picture: {text.strip().splitlines()[-1] if text.strip() else 'nothing'}")
    return Probe(found[1], found[2], (int(found[3]), int(found[4])), len(re.findall(r"Stream #.*Audio:", text)))


def renditions(run: Run, asset: Asset) -> dict[str, Probe]:
    return {lines: probe(run.body(asset.output("processed", f"-{lines}.mp4"))) for lines in ("1080p", "720p")}


def videos_play_everywhere(run: Run) -> Seen:
    wrong, last = [], ""
    for asset in run.videos:
        for lines, seen in renditions(run, asset).items():
            last = str(seen)
            if (
                seen.codec != "h264"
                or (not seen.pixels.startswith("yuv420p(") and seen.pixels != "yuv420p")
                or seen.size != asset.sample.upright
            ):
                wrong.append(f"{asset.sample.name} {lines}: {seen}")
    return all_of(wrong, f"{len(run.videos)} videos, e.g. {last}")


def silent_video_stays_silent(run: Run) -> Seen:
    """At worst a merge of the template's sound into the job adds one silent track (docs/decisions.md)."""
    asset = next(each for each in run.videos if b"mp4a" not in each.sample.content)
    seen = renditions(run, asset)
    return Seen(all(each.sound <= 1 for each in seen.values()), _listed(seen))


def hdr_video_is_made(run: Run) -> Seen:
    asset = next(each for each in run.videos if "hdr" in each.sample.name)
    seen = renditions(run, asset)
    wide = ("10le", "bt2020", "smpte2084")
    sdr = all(each.codec == "h264" and not any(mark in each.pixels for mark in wide) for each in seen.values())
    return Seen(sdr, _listed(seen))


def _listed(seen: dict[str, Probe]) -> str:
    return "; ".join(f"{name}: {each}" for name, each in seen.items())


def posters_are_pictures(run: Run) -> Seen:
    sizes = []
    for asset in run.videos:
        with Image.open(io.BytesIO(run.body(poster(asset)))) as image:
            image.load()
            sizes.append(f"{image.width}x{image.height}")
    return Seen(bool(sizes), ", ".join(sizes))


def zip_is_whole(run: Run) -> Seen:
    [key] = run.manifest("result.json")["zipBundles"]
    with zipfile.ZipFile(io.BytesIO(run.body(key))) as bundle:
        names, broken = bundle.namelist(), bundle.testzip()
        missing = bundle.read("MISSING.txt").decode() if "MISSING.txt" in names else ""
    expected = f"{run.batch.listing_id}/zip/partial/{run.batch.date}/batch-{run.batch.batch_id}-partial.zip"
    damaged = [asset for asset in run.batch.assets if asset.sample.expected_error]
    wrong = [f"it is {key}"] if key != expected else []
    wrong += [f"{broken} is damaged"] if broken else []
    wrong += [f"{len(names)} entries"] if len(names) != len(run.good) + 1 else []
    wrong += [f"MISSING.txt lacks {asset.sample.name}" for asset in damaged if asset.sample.name not in missing]
    return all_of(wrong, f"{len(names)} entries, MISSING.txt names {len(damaged)}")


CHECKS: Final = (
    Check(
        "uploads-accepted",
        "S3 takes every presigned upload of the backend's role",
        uploads_accepted,
        aws_shows="IAM, bucket and key policy let the backend upload with tags",
    ),
    Check(
        "message-accepted",
        "SQS takes the backend's message",
        message_accepted,
        aws_shows="IAM and key policy let the backend send to an encrypted queue",
    ),
    Check(
        "execution-ends",
        "SUCCEEDED; FAILED CallbackUndelivered where the backend does not know the batch",
        execution_ends,
        aws_shows="functions and state machine reach every API they need, from the VPC too, under their own roles",
    ),
    Check("results-of-assets", "the damaged photo has IMAGE_CORRUPT, no other file an error", results_of_assets),
    Check("objects-exist", "every promised key is there, with its content type", objects_exist, aws_shows=_TRANSCODER),
    Check("metadata-gone", "no serial number and no position in any output", metadata_gone, aws_shows=_TRANSCODER),
    Check("pixels-kept", "processed JPEGs have the pixels of the raw ones", pixels_kept),
    Check("variants-upright", "four widths, upright, never wider than the photo", variants_upright),
    Check(
        "videos-play-everywhere",
        "H.264, 8 bits 4:2:0, not larger than the source",
        videos_play_everywhere,
        aws_shows=_TRANSCODER,
    ),
    Check(
        "silent-video",
        "renditions without sound, or with one silent track",
        silent_video_stays_silent,
        aws_shows="how MediaConvert merges the lists of a template and of a job",
    ),
    Check(
        "hdr-video",
        "HDR10 comes out as SDR: H.264 of 8 bits, no BT.2020, no PQ",
        hdr_video_is_made,
        aws_shows="what MediaConvert's color corrector makes of HDR",
    ),
    Check("posters-are-pictures", "each video has a poster that decodes", posters_are_pictures, aws_shows=_TRANSCODER),
    Check("zip-is-whole", "a partial ZIP with every good file, MISSING.txt names the damaged one", zip_is_whole),
)
