"""One rule for ids, wherever they are read."""

from typing import Any

import fastjsonschema
import pytest

from handlers.contract.ids import ID_SCHEMAS, is_id


@pytest.mark.parametrize(
    ("value", "expected"), [("42", True), ("a_b-C", True), ("", False), ("a/b", False), ("é", False)]
)
def test_ids_can_stand_in_a_key_and_in_an_execution_name(value: str, expected: bool) -> None:
    assert is_id(value) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *((value, True) for value in (0, 7, 10**63, "0", "x" * 64)),
        *((value, False) for value in (-1, 10**64, "x" * 65, "7\n", True, None, 1.0, [7])),
    ],
)
def test_an_id_is_a_whole_number_from_0_or_a_short_word(value: Any, expected: bool) -> None:
    assert is_id(value) is expected


@pytest.mark.parametrize("value", [0, 7, "0", "a_b-C", "x" * 64])
@pytest.mark.parametrize("keyword", ["anyOf", "oneOf"])
def test_json_schema_takes_every_id(value: int | str, keyword: str) -> None:
    assert fastjsonschema.validate({keyword: ID_SCHEMAS}, value) == value


@pytest.mark.parametrize("value", [-1, 1.5, "", "a/b", "7\n", "x" * 65, True, None])
@pytest.mark.parametrize("keyword", ["anyOf", "oneOf"])
def test_json_schema_refuses_what_is_no_id(value: Any, keyword: str) -> None:
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        fastjsonschema.validate({keyword: ID_SCHEMAS}, value)
