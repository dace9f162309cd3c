"""The backend's settings, read from the environment once at start."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from localstack.backend.errors import SettingsError
from operations.migrate.address import DatabaseUrl
from operations.migrate.errors import RefusedError


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the backend finds what it works with.

    Parameters
    ----------
    database
        The schema, as the account `toq_app`.
    media_bucket
        Bucket of `modules.storage`.
    queue_url
        The queue ``listing-media-processing``.
    callback_secret_arn
        Secrets Manager secret that holds ``{"secrets": ["newest", "older", ...]}``.
    upload_seconds
        How long a presigned upload URL is good for.
    """

    database: DatabaseUrl
    media_bucket: str
    queue_url: str
    callback_secret_arn: str
    upload_seconds: int = 3600

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read DATABASE_URL, MEDIA_BUCKET, QUEUE_URL, CALLBACK_SECRET_ARN and, if set, UPLOAD_SECONDS.

        Raises
        ------
        SettingsError
            A variable is missing or cannot be read.
        """
        required = ("DATABASE_URL", "MEDIA_BUCKET", "QUEUE_URL", "CALLBACK_SECRET_ARN")
        if missing := [name for name in required if not environment.get(name)]:
            raise SettingsError(f"{', '.join(missing)} not set: `make up` prints the values, or set them by hand")
        seconds = environment.get("UPLOAD_SECONDS", "3600")
        # Amazon S3, "Download and upload objects with presigned URLs": at most seven days with Signature Version 4.
        if not seconds.isdecimal() or not 1 <= int(seconds) <= 604_800:
            raise SettingsError(f"UPLOAD_SECONDS is {seconds!r}: give whole seconds from 1 to 604800")
        try:
            database = DatabaseUrl.parse(environment["DATABASE_URL"])
        except RefusedError as error:
            raise SettingsError(str(error)) from error
        return cls(
            database=database,
            media_bucket=environment["MEDIA_BUCKET"],
            queue_url=environment["QUEUE_URL"],
            callback_secret_arn=environment["CALLBACK_SECRET_ARN"],
            upload_seconds=int(seconds),
        )
