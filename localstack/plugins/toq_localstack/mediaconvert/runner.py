"""Takes submitted jobs through their states, a few at a time, by priority, and tells the world."""

import itertools
import logging
import re
import threading
import time
from typing import Any

from botocore.exceptions import ClientError
from localstack.aws.connect import connect_to
from localstack.utils.aws.client_types import ServicePrincipal

from toq_localstack.faults import jobs
from toq_localstack.mediaconvert import events
from toq_localstack.mediaconvert.errors import JobCanceledError, JobError
from toq_localstack.mediaconvert.events import JobEvents
from toq_localstack.mediaconvert.probe import MediaInfo
from toq_localstack.mediaconvert.shapes import Document
from toq_localstack.mediaconvert.store import lock, now, stores
from toq_localstack.mediaconvert.transcode import Transcode, WrittenOutput

LOG = logging.getLogger(__name__)

_JOBS_AT_ONCE = 2  # each encoder has threads of its own; more jobs would only slow each other down
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/(?:.*/)?([^/]+)")


class JobRunner:
    """Runs jobs on threads that start with the first job."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int, Document]] = []
        self._running: dict[str, Transcode] = {}
        self._number = itertools.count()
        self._changed = threading.Condition(lock)
        self._workers: list[threading.Thread] = []
        self._stopping = False

    def submit(self, job: Document) -> None:
        """Queue a job: higher priority first, then first come."""
        with self._changed:
            self._waiting.append((-job.get("Priority", 0), next(self._number), job))
            self._waiting.sort(key=lambda entry: entry[:2])
            if len(self._workers) < _JOBS_AT_ONCE:
                worker = threading.Thread(target=self._work, name="toq-mediaconvert", daemon=True)
                self._workers.append(worker)
                worker.start()
            self._changed.notify_all()

    def wake(self) -> None:
        """A queue was resumed: look again at what waits."""
        with self._changed:
            self._changed.notify_all()

    def cancel(self, job: Document) -> bool:
        """Cancel a job that waits or runs; False when it has ended."""
        with self._changed:
            if job["Status"] not in ("SUBMITTED", "PROGRESSING") or jobs.outlives_its_cancelling(job):
                return False
            self._waiting = [entry for entry in self._waiting if entry[2] is not job]
            transcode = self._running.get(job["Id"])
            waiting = job["Status"] == "SUBMITTED"
            job["Status"] = "CANCELED"
            job["Timing"]["FinishTime"] = now()
            self._changed.notify_all()
        if transcode:
            transcode.cancel()
        if waiting:
            _events(job).send(job, "CANCELED")
        return True

    def stop(self) -> None:
        """End all transcodes; nothing waits any more. Used when LocalStack stops."""
        with self._changed:
            self._stopping = True
            self._waiting.clear()
            running = list(self._running.values())
            self._changed.notify_all()
        for transcode in running:
            transcode.cancel()

    def _work(self) -> None:
        while (job := self._take()) is not None:
            if seconds := jobs.seconds_late(job):  # it must not keep others from their turn
                threading.Thread(target=self._run_late, args=(job, seconds), daemon=True).start()
            else:
                self._run_safely(job)

    def _run_late(self, job: Document, seconds: float) -> None:
        """Run a job after a while, unless it is cancelled meanwhile."""
        with self._changed:
            if self._changed.wait_for(lambda: self._stopping or job["Status"] == "CANCELED", seconds):
                return
        self._run_safely(job)

    def _run_safely(self, job: Document) -> None:
        try:
            self._run(job)
        except Exception as error:  # the worker must live on for the next job
            LOG.exception("job %s failed in the emulator", job["Id"])
            self._finish_with_error(job, JobError(1999, f"Unknown error: {error}"))

    def _take(self) -> Document | None:
        with self._changed:
            while not self._stopping:
                for entry in self._waiting:
                    if _queue_active(entry[2]):
                        self._waiting.remove(entry)
                        entry[2]["Status"] = "PROGRESSING"
                        entry[2]["CurrentPhase"] = "PROBING"
                        entry[2]["Timing"]["StartTime"] = now()
                        return entry[2]
                self._changed.wait()
        return None

    def _run(self, job: Document) -> None:
        sender = _events(job)
        sender.send(job, "PROGRESSING")
        updates = _Updates(job, sender)
        try:
            if fault := jobs.failure(job):
                raise fault
            transcode = Transcode(job["Settings"], _s3_with_role(job), updates.input, updates.progress)
            with lock:
                self._running[job["Id"]] = transcode
                if job["Status"] == "CANCELED":  # before there was anything to cancel
                    transcode.cancel()
            written = transcode.run()
        except JobCanceledError:
            sender.send(job, "CANCELED")
        except JobError as error:
            self._finish_with_error(job, error)
        else:
            self._complete(job, written, sender)
        finally:
            with lock:
                self._running.pop(job["Id"], None)

    def _complete(self, job: Document, written: list[WrittenOutput], sender: JobEvents) -> None:
        groups = job["Settings"]["OutputGroups"]
        with lock:
            if job["Status"] == "CANCELED":
                sender.send(job, "CANCELED")
                return
            job["OutputGroupDetails"] = [
                {"OutputDetails": [_output_detail(o) for o in written if o.planned.group == index]}
                for index in range(len(groups))
            ]
            job["Warnings"] = []
            job.pop("CurrentPhase", None)
            job["JobPercentComplete"] = 100
            job["Status"] = "COMPLETE"
            job["Timing"]["FinishTime"] = now()
        details = [
            {"outputDetails": [_event_detail(o) for o in written if o.planned.group == index], "type": "FILE_GROUP"}
            for index in range(len(groups))
        ]
        sender.send(
            job, "COMPLETE", warnings=[], outputGroupDetails=details, paddingInserted=0, blackVideoDetected=0,
            blackSegments=[],
        )  # fmt: skip

    def _finish_with_error(self, job: Document, error: JobError) -> None:
        with lock:
            job.pop("CurrentPhase", None)
            job["Status"] = "ERROR"
            job["ErrorCode"] = error.code
            job["ErrorMessage"] = error.message
            job["Timing"]["FinishTime"] = now()
        _events(job).send(job, "ERROR", errorCode=error.code, errorMessage=error.message)


class _Updates:
    """Keeps the job's progress and sends STATUS_UPDATE at the job's interval."""

    def __init__(self, job: Document, sender: JobEvents) -> None:
        self._job = job
        self._sender = sender
        self._interval = int(job.get("StatusUpdateInterval", "SECONDS_60").removeprefix("SECONDS_"))
        self._next = time.monotonic() + self._interval

    def input(self, info: MediaInfo) -> None:
        details = events.input_details(self._job["Settings"]["Inputs"][0]["FileInput"], info)
        self._sender.send(self._job, "INPUT_INFORMATION", inputDetails=details)

    def progress(self, phase: str, percent: int, frames: int) -> None:
        with lock:
            self._job["CurrentPhase"] = phase
            self._job["JobPercentComplete"] = percent
        if time.monotonic() >= self._next:
            self._next += self._interval
            self._sender.send(self._job, "STATUS_UPDATE", **events.progress(phase, percent, frames))


def _output_detail(output: WrittenOutput) -> Document:
    detail: Document = {"DurationInMs": _milliseconds(output)}
    if output.info.width:
        detail["VideoDetails"] = {"WidthInPx": output.info.width, "HeightInPx": output.info.height}
    return detail


def _event_detail(output: WrittenOutput) -> Document:
    milliseconds = _milliseconds(output)
    detail: Document = {"outputFilePaths": output.paths, "durationInMs": milliseconds}
    if output.info.width:
        detail["videoDetails"] = {"widthInPx": output.info.width, "heightInPx": output.info.height}
        if milliseconds and not output.planned.frame_capture:
            detail["videoDetails"]["averageBitrate"] = output.bytes * 8000 // milliseconds
    return detail


def _milliseconds(output: WrittenOutput) -> int:
    return 0 if output.planned.frame_capture else round(output.info.duration * 1000)


def _queue_active(job: Document) -> bool:
    account, region = _home(job)
    queue = stores[account][region].queues.get(job["Queue"].rsplit("/", 1)[-1])
    return queue is None or queue["Status"] == "ACTIVE"


def _home(job: Document) -> tuple[str, str]:
    _, _, _, region, account, _ = job["Arn"].split(":", 5)
    return account, region


def _events(job: Document) -> JobEvents:
    return JobEvents(*_home(job))


def _s3_with_role(job: Document) -> Any:
    """S3 as the job's role sees it.

    Raises
    ------
    JobError
        1433: there is no such role; 1434: it does not trust MediaConvert.
    """
    _, region = _home(job)
    found = _ROLE.fullmatch(job["Role"])
    assert found is not None  # noqa: S101 - CreateJob checked it
    iam = connect_to(aws_access_key_id=found[1], region_name=region).iam
    try:
        role = iam.get_role(RoleName=found[2])["Role"]
    except ClientError as error:
        raise JobError(1433, f"The role {job['Role']} does not exist") from error
    if "mediaconvert" not in str(role.get("AssumeRolePolicyDocument")):
        raise JobError(1434, f"The role {job['Role']} cannot be assumed by MediaConvert")
    return connect_to.with_assumed_role(
        role_arn=job["Role"],
        service_principal=ServicePrincipal("mediaconvert"),
        session_name=f"EmeSession_{job['Id']}",
        region_name=region,
    ).s3
