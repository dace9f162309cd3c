"""MediaConvert with a bucket, under test: from a clip on this machine to the files that a job writes."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.plugins.jobs import Settings, finished

if TYPE_CHECKING:
    from mypy_boto3_mediaconvert import MediaConvertClient
    from mypy_boto3_s3 import S3Client


class Studio:
    """Uploads a clip, runs a job on it, fetches what comes out."""

    def __init__(
        self, s3: "S3Client", mediaconvert: "MediaConvertClient", bucket: str, role: str, folder: Path
    ) -> None:
        self.s3 = s3
        self.mediaconvert = mediaconvert
        self.bucket = bucket
        self.role = role
        self.folder = folder

    def upload(self, clip: Path, key: str) -> str:
        """Gives the input's URI."""
        self.s3.upload_file(str(clip), self.bucket, key)
        return f"s3://{self.bucket}/{key}"

    def start(self, settings: Settings, **request: Any) -> str:
        """Gives the job's id."""
        made = self.mediaconvert.create_job(Role=self.role, Settings=settings, **request)
        return str(made["Job"]["Id"])

    def run(self, settings: Settings, **request: Any) -> Any:
        """The job at its end."""
        return finished(self.mediaconvert, self.start(settings, **request))

    def fetch(self, key: str) -> Path:
        """An output as a file."""
        file = self.folder / key.rsplit("/", 1)[-1]
        self.s3.download_file(self.bucket, key, str(file))
        return file
