"""A media bucket that adds no checksums, and an opener of ZIPs."""

import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from handlers.runtime.store import MediaStore
from tests.support.builders import BUCKET, REGION

type Opened = Callable[[bytes], dict[str, bytes]]  # names and contents of a sound ZIP


@pytest.fixture
def store(aws: None) -> MediaStore:
    """As `media_store()` makes it: no checksum that nobody asked for."""
    config = Config(request_checksum_calculation="when_required", response_checksum_validation="when_required")
    client = boto3.client("s3", region_name=REGION, config=config)
    client.create_bucket(Bucket=BUCKET)
    return MediaStore(BUCKET, client)


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """Names and contents of a ZIP that Python's zipfile, and Info-ZIP where it is installed, find sound."""

    def open_zip(content: bytes) -> dict[str, bytes]:
        path = tmp_path / "bundle.zip"
        path.write_bytes(content)
        if infozip := shutil.which("unzip"):
            done = subprocess.run([infozip, "-t", path], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            return {entry.filename: archive.read(entry) for entry in archive.infolist()}

    return open_zip
