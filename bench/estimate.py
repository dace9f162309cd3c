"""What one listing takes, in seconds and dollars: measured usage, counted transitions and dated prices.

The usage is what `bench.listing` measures on this machine; the prices stand in ``bench/prices.toml``.
"""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bench.report import ROOT
from handlers.contract.names import PHOTO_VARIANTS
from handlers.contract.photo_variants import to_text
from handlers.validate import fan_out
from modules.environments.config import load
from modules.environments.environment import FunctionSize
from modules.function_record import FunctionRecord
from modules.functions import RECORDS
from modules.workflow.state_machine import readable

PRICES: Final = ROOT / "bench" / "prices.toml"
ENVIRONMENT: Final = "prod"  # whose memory sizes are billed and whose variants are made
VCPU_MIB: Final = 1769  # "Configure Lambda function memory"


@dataclass(frozen=True, slots=True)
class Listing:
    """What is priced: photos of 24 megapixels, one PDF, and one video, which may be HDR, in one of the environments.

    Parameters
    ----------
    again
        As a second attempt for which one photo was corrected.
    """

    photos: int = 40
    video_seconds: int = 60
    hdr: bool = False
    environment: str = ENVIRONMENT
    again: bool = False

    @property
    def uploads(self) -> int:
        """Files that the browser sends."""
        return 1 if self.again else self.photos + 2

    @property
    def videos(self) -> int:
        """Videos that are transcoded."""
        return 0 if self.again else 1

    @property
    def chunks(self) -> list[int]:
        """Photos per invocation of the thumbnails function, as validate shares them out."""
        return [chunk["last"] - chunk["first"] + 1 for chunk in fan_out.chunks(self.uploads - self.videos)]


@dataclass(frozen=True, slots=True)
class Line:
    """One position of the bill."""

    what: str
    quantity: float
    unit: str
    price: float

    @property
    def dollars(self) -> float:
        return self.quantity * self.price

    def row(self) -> dict[str, Any]:
        """As a row of the report."""
        return {
            "what": self.what,
            "quantity": f"{self.quantity:,.4g}" if self.quantity < 1000 else f"{self.quantity:,.0f}",
            "unit": self.unit,
            "dollars": f"{self.dollars:.6f}",
        }


class Estimate:
    """Seconds and dollars from measured usage and prices.

    Parameters
    ----------
    measured
        What `bench.listing` prints; the attempt that the listing is about is taken.
    sizes
        Memory of the functions, by package.
    machine
        The state machine's definition.
    prices
        Content of ``bench/prices.toml``.
    """

    def __init__(
        self,
        listing: Listing,
        measured: Mapping[str, Any],
        sizes: Mapping[str, FunctionSize],
        machine: Mapping[str, Any],
        prices: Mapping[str, Any],
    ) -> None:
        self._listing = listing
        self._usage: Mapping[str, Mapping[str, float]] = measured["again" if listing.again else "first"]
        self._stored: int = measured["storedBytes"]
        self._sizes = sizes
        self._prices = prices
        self._assumed = prices["assumptions"]
        self.transitions = transitions(
            machine, {"ImageThumbnails": len(listing.chunks), "VideoTranscode": listing.videos}
        )

    def billed_seconds(self, function: FunctionRecord) -> float:
        """Of all invocations together: CPU, waiting for S3 as if nothing overlapped, and cold starts.

        Raises
        ------
        ValueError
            The function's use was not measured, and its record does not say what to assume instead.
        """
        invocations = self.invocations(function)
        if not invocations:
            return 0.0
        used = self._usage.get(function.name)
        if used is None:
            if function.unmeasured_seconds is None:
                raise ValueError(f"{function.name} was not measured, and its record assumes no unmeasured_seconds")
            return function.unmeasured_seconds + invocations * float(self._assumed["init_seconds"])
        vcpus = min(1.0, self._sizes[function.package].memory_mb / VCPU_MIB)
        requests = (used["reads"] + used["writes"]) / function.requests_at_once
        waiting = requests * self._assumed["first_byte_seconds"]
        moving = (used["received"] + used["sent"]) / self._assumed["bytes_per_second"]
        return float(used["cpu"] / vcpus + waiting + moving + invocations * self._assumed["init_seconds"])

    def invocations(self, function: FunctionRecord) -> int:
        """How often a listing calls a function; reconcile hears of the video's job."""
        return {"thumbnails": len(self._listing.chunks), "reconcile": self._listing.videos}.get(function.package, 1)

    def lines(self) -> list[Line]:
        """The bill."""
        return [*self._compute(), *self._services()]

    def _compute(self) -> list[Line]:
        price = self._prices["lambda"]
        lines = [
            Line(
                f"Lambda {function.name.removeprefix('listing-media-')}",
                self.billed_seconds(function) * self._sizes[function.package].memory_mb / 1024,
                "GB-second",
                price["gb_second"],
            )
            for function in RECORDS.values()
        ]
        return [*lines, Line("Lambda", sum(map(self.invocations, RECORDS.values())), "request", price["request"])]

    def _services(self) -> list[Line]:
        prices, assumed, video = self._prices, self._assumed, self._prices["mediaconvert"]
        minutes = self._listing.videos * max(self._listing.video_seconds, video["least_seconds"]) / 60
        normalized = minutes * (2 * video["hd_multiplier"] + video["poster_multiplier"])
        rate = "hdr_normalized_minute" if self._listing.hdr else "normalized_minute"
        writes = self._total("writes") + self._listing.uploads
        reads = self._total("reads")
        log_bytes = self._total("log_bytes") + assumed["state_machine_log_bytes"]
        return [
            Line("Step Functions", self.transitions, "transition", prices["step_functions"]["transition"]),
            Line("MediaConvert", normalized, "normalized minute", video[rate]),
            Line("S3, uploads included", writes, "write request", prices["s3"]["write"]),
            Line("S3", reads, "read request", prices["s3"]["read"]),
            Line("KMS", (writes + reads) * assumed["kms_requests_per_s3_request"], "request", prices["kms"]["request"]),
            Line("SQS", assumed["sqs_requests"], "request", prices["sqs"]["request"]),
            Line("Secrets Manager", 1, "request", prices["secrets_manager"]["request"]),
            Line("CloudWatch logs", log_bytes / 1e9, "GB", prices["cloudwatch"]["log_gb"]),
            Line("X-Ray", sum(map(self.invocations, RECORDS.values())), "trace", prices["xray"]["trace"]),
        ]

    def storage(self) -> Line:
        """What a month of keeping the listing costs, raw files included; not part of its processing."""
        video = self._assumed["raw_video_megabits_per_second"] * 1e6 / 8 * self._listing.video_seconds
        return Line("kept for a month", (self._stored + video) / 1e9, "GB-month", self._prices["s3"]["gb_month"])

    def seconds(self) -> list[tuple[str, float]]:
        """Elapsed time, by step in a row; photos and video go side by side."""
        photos = self.billed_seconds(RECORDS["thumbnails"]) * max(self._listing.chunks) / sum(self._listing.chunks)
        video = self._listing.videos * self.video_seconds()
        single = [
            (function.name.removeprefix("listing-media-"), self.billed_seconds(function))
            for function in RECORDS.values()
        ]
        steps = [step for step in single if step[0] not in ("thumbnails", "reconcile")]
        return [
            *steps[:2],
            ("photos and video (MediaConvert assumed)", max(photos, video)),
            *steps[2:],
            ("transitions", self.transitions * self._assumed["transition_seconds"]),
        ]

    def video_seconds(self) -> float:
        """Of one job of MediaConvert, as assumed."""
        return float(
            self._assumed["mediaconvert_seconds"] + self._listing.video_seconds / self._assumed["mediaconvert_speed"]
        )

    def requests(self) -> dict[str, float]:
        """Requests of one listing that AWS counts by the second, by their quota in ``bench/capacity/quotas.toml``."""
        writes, reads = self._total("writes") + self._listing.uploads, self._total("reads")
        return {
            "state_transitions": self.transitions,
            "start_executions": 1,
            "callbacks": 1,
            "s3_writes": writes,
            "s3_reads": reads,
            "kms_requests": (writes + reads) * self._assumed["kms_requests_per_s3_request"],
        }

    def _total(self, member: str) -> float:
        return sum(used[member] for used in self._usage.values())


def transitions(machine: Mapping[str, Any], items: Mapping[str, int]) -> int:
    """State transitions of a run in which nothing fails: the longest way through the machine, its Maps multiplied.

    Parameters
    ----------
    items
        Iterations by the name of the Map.
    """

    def longest(states: Mapping[str, Any], name: str) -> int:
        state = states[name]
        inner = sum(longest(branch["States"], branch["StartAt"]) for branch in state.get("Branches", []))
        if state["Type"] == "Map":
            body = state.get("ItemProcessor") or state["Iterator"]
            inner += items[name] * longest(body["States"], body["StartAt"])
        following = [choice["Next"] for choice in state.get("Choices", [])] + [state.get("Default"), state.get("Next")]
        return 1 + inner + max((longest(states, after) for after in following if after), default=0)

    return longest(machine["States"], machine["StartAt"])


def measure(listing: Listing) -> dict[str, Any]:
    """What `bench.listing` measures on this machine.

    Raises
    ------
    RuntimeError
        It failed; with the end of what it said.
    """
    command = [sys.executable, "-m", "bench.listing", str(listing.photos), str(listing.video_seconds)]
    variables = os.environ | {PHOTO_VARIANTS: to_text(load(listing.environment).photo_variants)}
    done = subprocess.run(command, cwd=ROOT, env=variables, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"the listing could not be measured: {done.stderr[-2000:]}")
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def estimated(listing: Listing) -> Estimate:
    """Measure and price one attempt."""
    return estimate(listing, measure(listing))


def estimate(listing: Listing, measured: Mapping[str, Any]) -> Estimate:
    """Price what was measured, with the sizes and the definition of the listing's environment."""
    environment = load(listing.environment)
    return Estimate(listing, measured, environment.functions, readable(environment), prices())


def prices() -> dict[str, Any]:
    """The content of ``bench/prices.toml``."""
    return tomllib.loads(PRICES.read_text(encoding="utf-8"))
