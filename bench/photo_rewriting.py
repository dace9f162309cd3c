"""What removing private metadata from a JPEG adds to reading and writing it.

``python -m bench.photo_rewriting PHOTO FOLDER ENDPOINT TURNS`` does it over HTTPS, with the function's S3 client and
the checksums that it records, and on files that the system holds in memory. Each time with and without the cleaning, by
turns in one process, so that both find the same memory. Prints the times as JSON.
"""

import base64
import hashlib
import json
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import boto3
from botocore.config import Config

from handlers.thumbnails import jpeg_segments

type Way = Callable[[], object]

COPIED, CLEANED = "HTTPS: read, write", "HTTPS: read, clean, write"
FILE_COPIED, FILE_CLEANED = "page cache: read, write", "page cache: read, clean, write"
WAYS: Final = (COPIED, CLEANED, FILE_COPIED, FILE_CLEANED)


def over_https(endpoint: str, certificate: Path) -> tuple[Way, Way]:
    """Read and write, and read, clean and write, as the function does it."""
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        verify=str(certificate),
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - for a store on loopback that asks for none
        config=Config(
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )

    def get() -> bytes:
        return client.get_object(Bucket="bench", Key="photo.jpg")["Body"].read()

    def put(body: bytes) -> None:
        digest, _ = hashlib.sha256(body), zlib.crc32(body)
        checksum = base64.b64encode(digest.digest()).decode()
        client.put_object(Bucket="bench", Key="processed.jpg", Body=body, ChecksumSHA256=checksum)

    return lambda: put(get()), lambda: put(jpeg_segments.parse(get()).cleaned())


def on_files(photo: Path, folder: Path) -> tuple[Way, Way]:
    """The same from file to file: nothing but two copies in memory beside the cleaning."""
    target = folder / "processed.jpg"

    def copy() -> None:
        target.write_bytes(photo.read_bytes())

    def clean() -> None:
        with target.open("wb") as file:
            file.writelines(jpeg_segments.parse(photo.read_bytes()).parts())

    return copy, clean


def main(photo: str, folder: str, endpoint: str, turns: str) -> None:
    """Time every way as often as asked, after one turn to warm up."""
    ways = (*over_https(endpoint, Path(folder) / "certificate.pem"), *on_files(Path(photo), Path(folder)))
    times: dict[str, dict[str, list[float]]] = {name: {"seconds": [], "cpu": []} for name in WAYS}
    for turn in range(int(turns) + 1):
        for name, way in zip(WAYS, ways, strict=True):
            cpu, started = time.process_time(), time.perf_counter()
            way()
            if turn:
                times[name]["seconds"].append(time.perf_counter() - started)
                times[name]["cpu"].append(time.process_time() - cpu)
    print(json.dumps(times))


if __name__ == "__main__":
    main(*sys.argv[1:])
