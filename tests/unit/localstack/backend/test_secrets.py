import json
from typing import Any

import pytest

from localstack.backend.secrets import DOUBT_SECONDS, FRESH_SECONDS, CallbackSecrets


class SecretsManager:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.reads = 0
        self.secrets = ["newest", "older"]

    def get_secret_value(self, SecretId: str) -> dict[str, Any]:
        self.reads += 1
        return {"SecretString": json.dumps({"secrets": self.secrets})}


@pytest.fixture
def manager() -> SecretsManager:
    return SecretsManager()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr("localstack.backend.secrets.time.monotonic", lambda: now[0])
    return now


def test_secrets_are_read_once_and_kept_for_a_while(manager: SecretsManager, clock: list[float]) -> None:
    kept = CallbackSecrets(manager, "arn")  # type: ignore[arg-type]
    assert kept.current() == kept.current() == ("newest", "older")
    assert manager.reads == 1
    clock[0] += FRESH_SECONDS + 1
    kept.current()
    assert manager.reads == 2


def test_doubt_reads_them_again_but_not_for_every_request(manager: SecretsManager, clock: list[float]) -> None:
    kept = CallbackSecrets(manager, "arn")  # type: ignore[arg-type]
    kept.current()
    manager.secrets = ["rotated", "newest"]
    clock[0] += DOUBT_SECONDS + 0.1
    assert kept.current(max_age=DOUBT_SECONDS) == ("rotated", "newest")
    kept.current(max_age=DOUBT_SECONDS)
    assert manager.reads == 2
