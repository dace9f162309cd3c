"""The reference backend as a process: what TOQ's own service does around the pipeline."""

import sys
import urllib.error
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from localstack.local_platform.loopback import WITHOUT_PROXY, claim_port
from localstack.local_platform.service import Service, clean_environment

_READY_SECONDS: Final = 120.0  # 1 on a machine with nothing else to do


class Backend:
    """`python -m localstack.backend` on a loopback port.

    Parameters
    ----------
    directory
        For its log.
    port
        A fixed port, or None for a free one; taken at once, since the pipeline is told of it before the backend runs.
    """

    def __init__(self, directory: Path, *, port: int | None = None) -> None:
        self.port = claim_port(port, "the backend")
        self._log = directory / "backend.log"
        self._service: Service | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *, database_url: str, calls: Mapping[str, str], outputs: Mapping[str, Any]) -> None:
        """Start and wait for ``GET /health``.

        Parameters
        ----------
        database_url
            As `toq_app`.
        calls
            Variables that lead to LocalStack.
        outputs
            Terraform's outputs.

        Raises
        ------
        StartError
            It did not come up; with the end of its log.
        """
        self._service = Service(
            "the backend",
            [sys.executable, "-m", "localstack.backend", "--port", str(self.port)],
            environment=clean_environment(
                **calls,
                DATABASE_URL=database_url,
                MEDIA_BUCKET=outputs["media_bucket"],
                QUEUE_URL=outputs["queue_url"],
                CALLBACK_SECRET_ARN=outputs["callback_secret_arn"],
            ),
            log=self._log,
        )
        self._service.start_until(self._answers, _READY_SECONDS, undo=self.stop)

    def stop(self) -> None:
        """End the backend."""
        if self._service is not None:
            self._service.stop()

    def _answers(self) -> bool:
        try:
            with WITHOUT_PROXY.open(f"{self.url}/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
