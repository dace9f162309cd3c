"""What the functions do for one listing, measured: CPU seconds, bytes, S3 requests, log bytes.

``python -m bench.listing PHOTOS SECONDS`` runs the handlers themselves on that many 24-megapixel photos, one PDF and
one video of that length, on an S3 in the same process, twice: the second attempt has one photo corrected. It prints
``{"first": {name: usage}, "again": {name: usage}, "storedBytes": n}``. The emulator's own CPU time is taken off.
MediaConvert's outputs are stood in for by files of a realistic size.
"""

import base64
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from unittest import mock

BUCKET: Final = "bench"
DATE: Final = "2026-03-01"
MEGABITS_PER_SECOND: Final = {"1080p": 5, "720p": 3, "poster": 0.02}  # under the settings' peaks of 8.5 and 6
EXECUTION: Final = {"arn": "arn:aws:states:us-east-1:000000000000:execution:m:e", "startTime": f"{DATE}T12:00:00Z"}
CONTEXT: Final = SimpleNamespace(aws_request_id="bench", get_remaining_time_in_millis=lambda: 900_000)
_EMULATOR: Final = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
_WRITES: Final = ("Put", "Copy", "Create", "Upload", "Complete", "List")  # priced as PUT; the rest as GET


@dataclass
class Usage:
    """What one function used.

    Parameters
    ----------
    cpu
        Seconds of one core.
    received, sent
        Bytes over the network, from and to S3.
    writes, reads
        S3 requests, by the two price classes.
    """

    cpu: float = 0.0
    received: int = 0
    sent: int = 0
    writes: int = 0
    reads: int = 0
    log_bytes: int = 0


@dataclass
class Meter:
    """Attributes what happens to the function that is running."""

    log: io.StringIO  # takes the place of the standard output
    usage: dict[str, Usage] = field(default_factory=dict)
    emulator: float = 0.0  # CPU seconds inside the emulator

    def watch(self, client: Any) -> None:
        """Count the requests of a boto3 client from now on."""
        client.meta.events.register("before-call.s3", self._sent)
        client.meta.events.register("after-call.s3", self._received)

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        """Attribute the block to a function."""
        self._current = self.usage.setdefault(name, Usage())
        started, emulator, logged = time.process_time(), self.emulator, self.log.tell()
        yield
        self._current.cpu += time.process_time() - started - (self.emulator - emulator)
        self._current.log_bytes += self.log.tell() - logged

    def timed(self, process: Callable[..., Any]) -> Callable[..., Any]:
        """The emulator's entry, with its time noted."""

        def wrapper(stub: Any, request: Any) -> Any:
            started = time.thread_time()
            if isinstance(request.body, bytearray):  # which the emulator, unlike a connection, cannot read
                request.body = bytes(request.body)
            try:
                return process(stub, request)
            finally:
                self.emulator += time.thread_time() - started

        return wrapper

    def _sent(self, model: Any, params: Mapping[str, Any], **_: Any) -> None:
        body = params["body"]
        self._current.sent += body.getbuffer().nbytes if isinstance(body, io.BytesIO) else len(body)
        if model.name.startswith(_WRITES):
            self._current.writes += 1
        else:
            self._current.reads += 1

    def _received(self, model: Any, parsed: Mapping[str, Any], **_: Any) -> None:
        if model.name == "GetObject":
            self._current.received += parsed.get("ContentLength", 0)


def measure(photos: int, seconds: int) -> dict[str, Any]:
    """Run validate, thumbnails, zip and finalize on one listing, and again with one photo corrected.

    Returns
    -------
    What each function used in either attempt, and the bytes in S3 after the first.
    """
    from bench.photograph import photograph_jpeg

    os.environ |= _EMULATOR | {"MEDIA_BUCKET": BUCKET, "ENV": "bench", "POWERTOOLS_METRICS_NAMESPACE": "ToqMedia"}
    os.environ["RENDERING_VERSION"] = "bench"  # the same in both attempts
    os.environ.pop("AWS_ENDPOINT_URL", None)
    from moto import mock_aws
    from moto.core.botocore_stubber import BotocoreStubber

    meter = Meter(io.StringIO())
    timed = meter.timed(BotocoreStubber.process_request)
    emulated = mock.patch.object(BotocoreStubber, "process_request", timed)
    with emulated, mock_aws(), redirect_stdout(meter.log):
        from handlers.runtime.store import media_store

        client = media_store().client
        client.create_bucket(Bucket=BUCKET)
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        photo = photograph_jpeg()
        files = [(f"photo/horizontal/{DATE}/dsc{number:04d}.jpg", "image/jpeg", photo) for number in range(photos)]
        files.append((f"project/doc/{DATE}/plan.pdf", "application/pdf", b"%PDF-1.7\n" + bytes(2_000_000)))
        files.append((f"video/horizontal/{DATE}/tour.mp4", "video/mp4", _video(seconds)))
        assets = [_upload(client, sequence, *file) for sequence, file in enumerate(files, 1)]
        meter.watch(client)
        first = _attempt(meter, client, assets, seconds)
        with meter.running("browser"):
            stored = _stored_bytes(client)
            assets[0] = _upload(client, 1, *files[0][:2], photograph_jpeg(seed=25))
        again = _attempt(meter, client, assets, seconds, number=1)
    return {"first": first, "again": again, "storedBytes": stored}


def _attempt(meter: Meter, client: Any, assets: list[dict[str, Any]], seconds: int, number: int = 0) -> dict[str, Any]:
    """Usage of each function in one attempt."""
    meter.usage = {}
    state = _run(meter, client, assets, seconds, number)
    due = sum(chunk["last"] - chunk["first"] + 1 for chunk in state["chunks"]) + len(state["videos"])
    if due != (1 if number else len(assets)):
        raise RuntimeError(f"attempt {number} worked on {due} of {len(assets)} assets: the figures would mean nothing")
    return {name: asdict(usage) for name, usage in meter.usage.items()}


def _stored_bytes(client: Any) -> int:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    return sum(entry["Size"] for page in pages for entry in page["Contents"])


def _run(meter: Meter, client: Any, assets: list[dict[str, Any]], seconds: int, number: int) -> Mapping[str, Any]:
    """The states of the machine, one after the other; what validate left for them to do."""
    with meter.running("listing-media-validate"):
        from handlers.validate.handler import handler as validate

        request = {"batchId": 7, "listingId": 42, "attempt": number, "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
        state = validate({"state": request | {"assets": assets}, "execution": EXECUTION}, CONTEXT)
    if state["valid"] != len(assets):
        raise RuntimeError(f"only {state['valid']} of {len(assets)} assets are valid: the figures would mean nothing")
    event = {"batch": state["batch"], "execution": EXECUTION}
    with meter.running("listing-media-thumbnails"):
        from handlers.thumbnails.handler import handler as thumbnails

        for chunk in state["chunks"]:
            thumbnails(event | {"range": chunk}, CONTEXT)
    with meter.running("MediaConvert and the state machine"):
        _transcode(client, state, assets, seconds)
    with meter.running("listing-media-zip"):
        from handlers.zip.handler import handler as bundle

        bundle(event, CONTEXT)
    with meter.running("listing-media-finalize"):
        from handlers.finalize.handler import handler as finalize

        finalize({"state": state, "execution": EXECUTION}, CONTEXT)
    return dict(state)


def _transcode(client: Any, state: Mapping[str, Any], assets: list[dict[str, Any]], seconds: int) -> None:
    from handlers.contract.keys import MediaKey
    from handlers.contract.names import VIDEO_JOB, VIDEO_RESULT
    from handlers.files.transcode import output_keys

    for video in state["videos"]:
        raw = MediaKey.parse(assets[video["index"]]["key"])
        client.get_object(Bucket=BUCKET, Key=f"{video['files']}{VIDEO_JOB}")
        client.get_object(Bucket=BUCKET, Key=str(raw))
        for name, key in output_keys(raw).items():
            body = bytes(round(MEGABITS_PER_SECOND[name] * 1e6 / 8 * seconds))
            client.put_object(Bucket=BUCKET, Key=key, Body=body)
        result = {"index": video["index"], "status": "COMPLETE", "job": {}}
        client.put_object(Bucket=BUCKET, Key=f"{video['files']}{VIDEO_RESULT}", Body=json.dumps(result).encode())


def _upload(client: Any, sequence: int, name: str, content_type: str, body: bytes) -> dict[str, Any]:
    """Upload a file as a browser does, and announce it as the backend does."""
    digest, key = hashlib.sha256(body), f"42/raw/{name}"
    checksum = {"ChecksumAlgorithm": "SHA256", "ChecksumSHA256": base64.b64encode(digest.digest()).decode()}
    client.put_object(Bucket=BUCKET, Key=key, Body=body, ContentType=content_type, **checksum)
    return {
        "key": key,
        "assetType": "_".join(name.split("/")[:2]).upper(),
        "contentType": content_type,
        "bytes": len(body),
        "checksumSha256": digest.hexdigest(),
        "sequence": sequence,
    }


def _video(seconds: int) -> bytes:
    """A real MP4 of that length; all its frames are the same, since only its boxes are read here."""
    import imageio_ffmpeg  # type: ignore[import-untyped]  # has no types of its own

    with tempfile.TemporaryDirectory(prefix="toq-bench-video-") as folder:
        path = Path(folder) / "video.mp4"
        source = f"color=c=gray:s=1920x1080:r=30:d={seconds}"
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-f", "lavfi", "-i", source]
        command += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
        subprocess.run([*command, str(path)], check=True)
        return path.read_bytes()


def main() -> None:
    """Measure from the command line."""
    photos, seconds = (int(argument) for argument in sys.argv[1:])
    print(json.dumps(measure(photos, seconds)))


if __name__ == "__main__":
    main()
