"""What a run left behind, as checks look at it: its objects, its execution, its dead letters, the alarms before it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from handlers.contract.photo_variants import Table
from operations.acceptance.account import Account
from operations.acceptance.batch import Asset, Batch


class Unseen(Exception):
    """There is nothing to look at, because an earlier step did not happen."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run.

    Parameters
    ----------
    uploads
        Key to what S3 answered to its upload.
    alarms
        As CloudWatch described them before the batch: a run of its own may raise one.
    message
        What SQS answered to the message; empty when it took it.
    execution
        As Step Functions describes it at the end; None when there is none.
    letters
        Dead letters about this batch, attributes by name.
    other_letters
        How many more there are in the dead-letter queue.
    """

    account: Account
    batch: Batch
    uploads: Mapping[str, str]
    alarms: Sequence[Mapping[str, Any]]
    message: str = ""
    execution: Mapping[str, Any] | None = None
    letters: Sequence[Mapping[str, str]] = ()
    other_letters: int = 0
    _bodies: dict[str, bytes] = field(default_factory=dict)

    @property
    def bucket(self) -> str:
        """Name of the media bucket."""
        return str(self.account.outputs["media_bucket"])

    @property
    def good(self) -> list[Asset]:
        """Assets that must come out whole."""
        return [asset for asset in self.batch.assets if asset.sample.expected_error is None]

    @property
    def photos(self) -> list[Asset]:
        """Of `good`, the photos."""
        return [asset for asset in self.good if asset.sample.kind == "photo"]

    @property
    def videos(self) -> list[Asset]:
        """Of `good`, the videos."""
        return [asset for asset in self.good if asset.sample.kind == "video"]

    def head(self, key: str) -> Mapping[str, Any]:
        """What S3 tells the backend of an object.

        Raises
        ------
        Unseen
            There is none.
        """
        try:
            found: Mapping[str, Any] = self.account.backend("s3").head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            raise Unseen(f"{key}: {error.response['Error']['Code']}") from error
        return found

    def body(self, key: str) -> bytes:
        """An object's bytes, read once, as the backend.

        Raises
        ------
        Unseen
            There is no such object.
        """
        if key not in self._bodies:
            try:
                answer = self.account.backend("s3").get_object(Bucket=self.bucket, Key=key)
            except ClientError as error:
                raise Unseen(f"{key}: {error.response['Error']['Code']}") from error
            self._bodies[key] = answer["Body"].read()
        return self._bodies[key]

    def manifest(self, name: str) -> Any:
        """A manifest of the batch, e.g. ``result.json``."""
        return json.loads(self.body(f"{self.batch.manifest_prefix}{name}"))

    def ended(self) -> Mapping[str, Any]:
        """The execution.

        Raises
        ------
        Unseen
            The message started none.
        """
        if self.execution is None:
            raise Unseen("the message started no execution: see the log of listing-media-start")
        return self.execution


def promised(asset: Asset, added: Table = ()) -> dict[str, str]:
    """Key of each output of a good asset to its content type (docs/architecture.md, docs/limits.md).

    Parameters
    ----------
    added
        Variants that the environment adds to the four of the contract.
    """
    if asset.sample.kind == "video":
        renditions = {asset.output("processed", f"-{lines}.mp4"): "video/mp4" for lines in ("1080p", "720p")}
        return renditions | {poster(asset): "image/jpeg"}
    variants = [asset.output("thumb", f"-{name}.jpg") for name in WIDTHS]
    more = {asset.output("thumb", f"-{one.name}.{one.encoding.extension}"): one.encoding.content_type for one in added}
    return dict.fromkeys([asset.output("processed", ".jpg"), *variants], "image/jpeg") | more


def poster(asset: Asset) -> str:
    """Key of a video's poster; MediaConvert numbers frame captures (docs/decisions.md)."""
    return asset.output("thumb", "-poster.0000000.jpg")


WIDTHS = {"thumbnail": 200, "small": 400, "medium": 800, "large": 1200}  # pixels (requirements; README)
