"""What the run left behind, read from where it is kept: the execution's history, the bucket, the files themselves."""

import platform
import re
import subprocess
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient


def seconds_per_state(client: "SFNClient", execution_arn: str) -> dict[str, float]:
    """Wall-clock seconds that each state of the execution took, all visits of it added up."""
    seconds: dict[str, float] = {}
    entered: dict[str, list[float]] = {}
    pages = client.get_paginator("get_execution_history").paginate(executionArn=execution_arn)
    for event in (event for page in pages for event in page["events"]):
        at = event["timestamp"].timestamp()
        if entry := event.get("stateEnteredEventDetails"):
            entered.setdefault(entry["name"], []).append(at)
        elif (leave := event.get("stateExitedEventDetails")) and entered.get(leave["name"]):
            seconds[leave["name"]] = seconds.get(leave["name"], 0.0) + at - entered[leave["name"]].pop(0)
    return {name: round(value, 3) for name, value in seconds.items()}


def download(client: "S3Client", bucket: str, keys: list[str], target: Path) -> dict[str, Path]:
    """Fetch outputs below ``target``, under their own keys."""
    files = {}
    for key in keys:
        files[key] = target / key
        files[key].parent.mkdir(parents=True, exist_ok=True)
        client.download_file(bucket, key, str(files[key]))
    return files


def probe_video(ffmpeg: str, path: Path) -> dict[str, Any]:
    """Width, height and seconds of a video, as ffmpeg reads them from the file.

    Raises
    ------
    ValueError
        When ffmpeg finds no video stream.
    """
    described = subprocess.run([ffmpeg, "-hide_banner", "-i", path], capture_output=True, text=True, check=False).stderr
    size = re.search(r"Stream #.*Video:.*? (\d{2,5})x(\d{2,5})", described)
    duration = re.search(r"Duration: (\d+):(\d+):(\d+\.\d+)", described)
    if size is None or duration is None:
        raise ValueError(f"{path.name} holds no video stream: {described.strip().splitlines()[-1]}")
    hours, minutes, rest = duration.groups()
    return {
        "width": int(size[1]),
        "height": int(size[2]),
        "seconds": round(int(hours) * 3600 + int(minutes) * 60 + float(rest), 2),
    }


def measure_photo(path: Path) -> dict[str, int]:
    """Width and height of a JPEG as stored, before its EXIF orientation is applied."""
    with Image.open(path) as image:
        return {"width": image.width, "height": image.height}


def list_zip(path: Path) -> list[dict[str, Any]]:
    """Names and sizes of a ZIP's entries, after its checksums were verified.

    Raises
    ------
    zipfile.BadZipFile
        When an entry's bytes do not have the CRC-32 that the directory promises.
    """
    with zipfile.ZipFile(path) as bundle:
        if broken := bundle.testzip():
            raise zipfile.BadZipFile(f"{path.name}: entry {broken!r} is damaged")
        return [{"name": entry.filename, "bytes": entry.file_size} for entry in bundle.infolist()]


def tool_versions(ffmpeg: str) -> dict[str, str]:
    """First line that each tool prints of its version."""
    versions = {"python": platform.python_version()}
    for name, command in (("ffmpeg", [ffmpeg, "-version"]), ("terraform", ["terraform", "version"])):
        versions[name] = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    return versions | {package: version(package) for package in ("boto3", "cdktf", "pillow", "aws-lambda-powertools")}
