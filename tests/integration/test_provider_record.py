"""The stand-in provider leaves the state that the real AWS provider left when it was recorded.

`make provider-conformance` makes the record and compares both on a stack as it is now.
"""

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from localstack.conformance.__main__ import RECORD
from localstack.conformance.comparison import Difference, differences, read_reasons, unexplained, unneeded
from localstack.conformance.state import Resources, read_state, without_configured

if TYPE_CHECKING:
    from localstack.local_platform.endpoints import Endpoints

pytestmark = pytest.mark.localstack
AGAIN = "if the stack has changed, run `make provider-conformance`"


@pytest.fixture(scope="module")
def record() -> Resources:
    recorded: Resources = json.loads(RECORD.read_text(encoding="utf-8"))
    return recorded


@pytest.fixture(scope="module")
def state(platform: "Endpoints") -> Resources:
    return read_state(platform.state_file)


@pytest.fixture(scope="module")
def found(platform: "Endpoints", record: Resources, state: Resources) -> list[Difference]:
    """Where the platform's state is not as recorded, beside what the stack itself sets."""
    stack: dict[str, Any] = json.loads(platform.emitted_stack.read_text(encoding="utf-8"))
    return list(differences(without_configured(record, stack), without_configured(state, stack)))


def test_every_type_of_the_stack_is_in_the_record(record: Resources, state: Resources) -> None:
    recorded, applied = ({address.split(".")[0] for address in each} for each in (record, state))
    assert applied - recorded == set(), AGAIN


def test_state_differs_from_the_real_providers_only_where_a_reason_allows_it(found: list[Difference]) -> None:
    assert "\n".join(map(str, unexplained(found, read_reasons("state")))) == "", AGAIN


def test_every_allowed_difference_is_needed(found: list[Difference]) -> None:
    standin = os.environ.get("PROVIDER") in (None, "", "standin")
    allowed = set() if standin else set(read_reasons("state"))  # a real provider may write just what was recorded
    assert unneeded(found, read_reasons("state")) <= allowed


def test_record_is_small_enough_to_be_read() -> None:
    assert RECORD.stat().st_size < 300 * 1024
