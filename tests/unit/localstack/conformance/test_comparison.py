"""Differences of two states are found at any depth, and reasons are held to them."""

from localstack.conformance.comparison import Difference, differences, read_reasons, unexplained, unneeded
from localstack.conformance.state import Resources

REAL: Resources = {"aws_sqs_queue.q": {"fifo_queue": False, "rule": [{"a": 1, "b": 2}], "id": "q"}}


def found(double: Resources) -> list[Difference]:
    return list(differences(REAL, double))


def test_equal_states_do_not_differ() -> None:
    assert found(REAL) == []


def test_attribute_in_a_block_is_named_without_its_place() -> None:
    (difference,) = found({"aws_sqs_queue.q": {**REAL["aws_sqs_queue.q"], "rule": [{"a": 1, "b": 3}]}})
    assert difference == Difference("aws_sqs_queue.q", "aws_sqs_queue.rule.b", 2, 3)


def test_attribute_that_one_lacks_and_one_too_many_are_found() -> None:
    paths = {
        each.path for each in found({"aws_sqs_queue.q": {"rule": REAL["aws_sqs_queue.q"]["rule"], "id": "q", "x": 1}})
    }
    assert paths == {"aws_sqs_queue.fifo_queue", "aws_sqs_queue.x"}


def test_another_number_of_blocks_is_one_difference() -> None:
    (difference,) = found({"aws_sqs_queue.q": {**REAL["aws_sqs_queue.q"], "rule": []}})
    assert difference.path == "aws_sqs_queue.rule"


def test_resources_that_only_one_has_are_not_compared() -> None:
    assert found({"aws_sqs_queue.other": {"id": "other"}}) == []


def test_reasons_explain_by_path_and_are_unneeded_without_a_difference() -> None:
    all_found = found({"aws_sqs_queue.q": {"id": "p", "rule": REAL["aws_sqs_queue.q"]["rule"]}})
    reasons = {"aws_sqs_queue.id": "drawn by lot", "aws_sqs_queue.url": "gone"}
    assert [each.path for each in unexplained(all_found, reasons)] == ["aws_sqs_queue.fifo_queue"]
    assert unneeded(all_found, reasons) == {"aws_sqs_queue.url"}


def test_every_reason_of_ours_is_a_sentence_part() -> None:
    assert all(len(reason) > 20 for table in ("planned", "state") for reason in read_reasons(table).values())
