"""Requests of the functions to AWS: each has failed for good before Lambda would end the function."""

import ast
from pathlib import Path

import botocore.retries.standard as botocore_standard
import pytest

from handlers.callback_dispatch import delivery
from handlers.contract import names
from handlers.runtime.clients import Patience, client_config, waiting_config
from modules.environments import config
from modules.functions import RECORDS

HANDLERS = Path(__file__).resolve().parents[4] / "handlers"
TIMEOUTS = sorted({size.timeout_seconds for name in config.names() for size in config.load(name).functions.values()})


@pytest.mark.parametrize("seconds", [3, *TIMEOUTS])
def test_the_last_try_of_a_request_has_failed_before_the_function_s_time_is_over(seconds: int) -> None:
    for patience in (Patience.within(seconds), Patience.once(seconds)):
        assert patience.worst_seconds <= 0.9 * seconds + 1e-6
        assert patience.connect_seconds > 0
        assert patience.read_seconds > 0.1


@pytest.mark.parametrize("seconds", TIMEOUTS)
def test_a_request_is_tried_twice_at_least_and_waited_for_a_few_seconds(seconds: int) -> None:
    patience = Patience.within(seconds)
    assert patience.tries >= 2
    assert patience.read_seconds >= 3


def test_the_pauses_counted_are_the_longest_that_botocore_makes() -> None:
    backoff = botocore_standard.ExponentialBackoff(random=lambda: 1.0)
    longest = []
    for attempt in range(1, Patience.within(300).tries):
        context = botocore_standard.RetryContext(attempt_number=attempt)
        longest.append(backoff.delay_amount(context))
    fixed = Patience(0, 0, Patience.within(300).tries).worst_seconds
    assert sum(longest) <= fixed


def test_clients_are_configured_from_the_function_s_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(names.FUNCTION_SECONDS, "10")
    short = client_config()
    assert (short.connect_timeout, short.read_timeout) == (1.0, 3.0)
    assert short.retries == {"mode": "standard", "total_max_attempts": 2}
    monkeypatch.setenv(names.FUNCTION_SECONDS, "120")
    assert waiting_config().retries == {"mode": "standard", "total_max_attempts": 1}
    # The reconciler waits for the whole of the callback function.
    assert waiting_config().read_timeout > RECORDS["callback_dispatch"].size.timeout_seconds


def test_no_client_is_made_without_a_configuration() -> None:
    made = 0
    for path in HANDLERS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("boto3.client", "SecretsProvider"):
                made += 1
                assert {"config", "boto_config"} & {keyword.arg for keyword in node.keywords}, f"{path}:{node.lineno}"
    assert made >= 6


def test_a_callback_has_been_given_up_before_the_function_s_time_is_over() -> None:
    needed = delivery.CONNECT_SECONDS + delivery.READ_SECONDS + delivery.RESERVE_SECONDS
    assert needed < RECORDS["callback_dispatch"].size.timeout_seconds
