"""One job's work: fetch the input, run ffmpeg, store the outputs. Knows nothing of queues, stores and events."""

import contextlib
import logging
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError

from toq_localstack.mediaconvert import ffmpeg_command
from toq_localstack.mediaconvert.errors import JobCanceledError, JobError
from toq_localstack.mediaconvert.ffmpeg_command import PlannedOutput
from toq_localstack.mediaconvert.probe import MediaInfo, ProbeError, probe
from toq_localstack.mediaconvert.settings import output_uri
from toq_localstack.processes import bound, kill_session, spawn

LOG = logging.getLogger(__name__)

_CONTENT_TYPES = {"mp4": "video/mp4", "mov": "video/quicktime", "jpg": "image/jpeg"}


@dataclass(frozen=True)
class WrittenOutput:
    """An output as it stands in S3.

    Parameters
    ----------
    paths
        Its ``s3://`` URI; for captured frames the last one, as the service reports it.
    info
        Facts of the file itself; of the image for captured frames.
    bytes
        Size of the file.
    """

    planned: PlannedOutput
    paths: list[str]
    info: MediaInfo
    bytes: int


@dataclass
class Transcode:
    """A running transcode.

    Parameters
    ----------
    settings
        Merged and checked job settings.
    s3
        Client with the job's role.
    on_input, on_progress
        Called with the input's facts; and with phase, percent of the phase, and frames decoded.
    """

    settings: Mapping[str, Any]
    s3: BaseClient
    on_input: Callable[[MediaInfo], None]
    on_progress: Callable[[str, int, int], None]
    _canceled: threading.Event = field(default_factory=threading.Event)
    _process: subprocess.Popen[bytes] | None = None

    def cancel(self) -> None:
        """End it as soon as possible; `run` then raises `JobCanceledError`."""
        self._canceled.set()
        if self._process:
            kill_session(self._process)

    def run(self) -> list[WrittenOutput]:
        """Do the work in a temporary folder, which is gone afterwards.

        Raises
        ------
        JobError
            Input or output cannot be reached, or the input cannot be decoded.
        JobCanceledError
            `cancel` was called.
        """
        folder = Path(tempfile.mkdtemp(prefix="mediaconvert-"))
        try:
            return self._run(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _run(self, folder: Path) -> list[WrittenOutput]:
        source = self.settings["Inputs"][0]
        uri, file = source["FileInput"], folder / "input"
        self.on_progress("PROBING", 0, 0)
        self._download(uri, file)
        info = self._probe_input(uri, file)
        self.on_input(info)
        outputs = ffmpeg_command.plan(self.settings["OutputGroups"], folder)
        rotate = (source.get("VideoSelector") or {}).get("Rotate", "DEGREE_0")
        self._ffmpeg(ffmpeg_command.command(file, info, rotate, outputs), info, uri, folder)
        self.on_progress("UPLOADING", 0, 0)
        written = []
        for number, output in enumerate(outputs):
            written.append(self._store(output, uri))
            self.on_progress("UPLOADING", 100 * (number + 1) // len(outputs), 0)
        return written

    def _download(self, uri: str, file: Path) -> None:
        bucket, key = split_uri(uri)
        try:
            self.s3.download_file(bucket, key, str(file))
        except ClientError as error:
            raise _s3_error(error, uri, f"Unable to open input file [{uri}]") from error
        self._check_canceled()

    def _probe_input(self, uri: str, file: Path) -> MediaInfo:
        try:
            info = probe(file)
        except ProbeError as error:
            LOG.info("input %s: %s", uri, error)
            reason = "Failed probe/open: [No parser found for container]"
            raise JobError(1010, f"Unable to open input file [{uri}]: [{reason}]") from error
        wants_video = any(o.get("VideoDescription") for g in self.settings["OutputGroups"] for o in g["Outputs"])
        if wants_video and (info.video_codec is None or not info.width):
            raise JobError(1020, f"No video found in input file [{uri}]")
        if not wants_video and info.audio_codec is None:
            raise JobError(1021, f"No audio found in input file [{uri}]")
        return info

    def _ffmpeg(self, command: list[str], info: MediaInfo, uri: str, folder: Path) -> None:
        errors = folder / "errors"
        with errors.open("wb") as sink:
            self._process = spawn(bound(command), output=subprocess.PIPE, errors=sink)
        try:
            self._check_canceled()
            self._follow(self._process, info)
            code = self._process.wait()
        finally:
            kill_session(self._process)
        self._check_canceled()
        if code != 0:
            said = errors.read_text(errors="replace").strip()
            LOG.warning("ffmpeg ended with %s on %s: %s", code, uri, said)
            raise _decoder_error(said, uri)

    def _follow(self, process: subprocess.Popen[bytes], info: MediaInfo) -> None:
        """Read ``-progress`` until ffmpeg closes it."""
        assert process.stdout is not None  # noqa: S101 - spawned with a pipe
        frames = 0
        with process.stdout as lines:
            for line in lines:
                name, _, value = line.decode("ascii", "replace").strip().partition("=")
                if name == "frame":
                    frames = int(value)
                elif name == "out_time_us" and value.lstrip("-").isdigit():
                    done = int(value) / 1e6 / info.duration if info.duration else 0
                    self.on_progress("TRANSCODING", max(0, min(99, int(done * 100))), frames)

    def _store(self, output: PlannedOutput, source: str) -> WrittenOutput:
        files = [output.file]
        if output.frame_capture:
            files = sorted(output.file.parent.glob(output.file.name.replace("%07d", "[0-9]" * 7)))
        if not files or not files[0].exists():
            raise JobError(1076, f"Source read error: no frame could be read from [{source}]")
        group = self.settings["OutputGroups"][output.group]["OutputGroupSettings"]["FileGroupSettings"]
        uris = []
        for number, file in enumerate(files):
            sequence = f".{number:07d}" if output.frame_capture else ""
            uri = output_uri(group["Destination"], source, output.settings, sequence)
            self._upload(file, uri, group)
            uris.append(uri)
        info = probe(files[-1], guarded=not output.frame_capture)
        return WrittenOutput(output, uris[-1:], info, files[-1].stat().st_size)

    def _upload(self, file: Path, uri: str, group: Mapping[str, Any]) -> None:
        bucket, key = split_uri(uri)
        extra = {"ContentType": _CONTENT_TYPES.get(key.rsplit(".", 1)[-1], "binary/octet-stream")}
        try:
            self.s3.upload_file(str(file), bucket, key, ExtraArgs=extra | _destination_arguments(group))
        except Exception as error:
            cause = error if isinstance(error, ClientError) else error.__context__
            if isinstance(cause, ClientError):
                raise _s3_error(cause, uri, f"Unable to write to output file [{uri}]") from error
            raise
        self._check_canceled()

    def _check_canceled(self) -> None:
        if self._canceled.is_set():
            raise JobCanceledError


def split_uri(uri: str) -> tuple[str, str]:
    """``s3://bucket/key`` as bucket and key."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def _destination_arguments(group: Mapping[str, Any]) -> dict[str, str]:
    """``DestinationSettings.S3Settings`` as PutObject's parameters."""
    s3 = (group.get("DestinationSettings") or {}).get("S3Settings") or {}
    arguments: dict[str, str] = {}
    encryption = s3.get("Encryption") or {}
    match encryption.get("EncryptionType"):
        case "SERVER_SIDE_ENCRYPTION_S3":
            arguments["ServerSideEncryption"] = "AES256"
        case "SERVER_SIDE_ENCRYPTION_KMS":
            arguments["ServerSideEncryption"] = "aws:kms"
            with contextlib.suppress(KeyError):
                arguments["SSEKMSKeyId"] = encryption["KmsKeyArn"]
    if acl := (s3.get("AccessControl") or {}).get("CannedAcl"):
        arguments["ACL"] = str(acl).lower().replace("_", "-")
    if storage := s3.get("StorageClass"):
        arguments["StorageClass"] = str(storage)
    return arguments


def _s3_error(error: ClientError, uri: str, doing: str) -> JobError:
    """1401 and 1404 of "MediaConvert error codes"; anything else that S3 answers is 1999."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if status == 403:
        return JobError(1401, f"{doing}: [Failed to access data: Access Denied]")
    if status == 404:
        return JobError(1404, f"{doing}: [Failed probe/open: [Failed to read data: HeadObject failed]]")
    LOG.warning("S3 answered %s for %s", error, uri)
    return JobError(1999, f"{doing}: {error.response.get('Error', {}).get('Message', error)}")


def _decoder_error(said: str, uri: str) -> JobError:
    if "Decoder" in said and "not found" in said:
        return JobError(1030, f"Unsupported codec in input file [{uri}]")
    if "No space left" in said:
        return JobError(1050, "Write error, disk full")
    return JobError(1076, f"Source read error in input file [{uri}]")
