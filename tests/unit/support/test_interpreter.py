"""The interpreter does what the language says, so that the simulations mean something."""

from typing import Any

import pytest

from tests.support.workflow.interpreter import Interpreter, NotInterpretedError, Run, StateError

ARN = "arn:aws:states:us-east-1:1:execution:m:e-1"


def run(states: dict[str, Any], given: Any, **tasks: Any) -> Run:
    return Interpreter({"StartAt": "A", "States": states}, tasks).run(given, ARN, "2026-03-01T10:00:00Z")


def task(**members: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": "do", "Parameters": {"n.$": "$.n"}, "End": True} | members


def test_a_task_gets_its_parameters_and_its_result_is_put_in_place() -> None:
    states = {"A": task(Parameters={"n.$": "$.n", "id.$": "$$.Execution.Id", "k": [1]}, ResultPath="$.found")}
    found = run(states, {"n": 1}, do=lambda parameters: parameters)
    assert found.output == {"n": 1, "found": {"n": 1, "id": ARN, "k": [1]}}


def test_a_result_can_be_dropped_selected_and_cut_out() -> None:
    dropped = run({"A": task(ResultPath=None)}, {"n": 1}, do=lambda _: 2)
    selected = run({"A": task(ResultSelector={"x.$": "$.y"}, OutputPath="$.x")}, {"n": 1}, do=lambda _: {"y": 7})
    assert (dropped.output, selected.output) == ({"n": 1}, 7)


def test_errors_are_retried_then_caught_with_their_name() -> None:
    calls: list[int] = []

    def fail(_parameters: Any) -> None:
        calls.append(1)
        raise LookupError("gone")

    retry = [{"ErrorEquals": ["Other"]}, {"ErrorEquals": ["LookupError"], "MaxAttempts": 2}]
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "B"}]
    states = {"A": task(Retry=retry, Catch=catch), "B": {"Type": "Succeed"}}
    found = run(states, {"n": 1}, do=fail)
    assert len(calls) == 3
    assert found.output["failure"]["Error"] == "LookupError"
    assert '"errorMessage": "gone"' in found.output["failure"]["Cause"]


def test_an_error_that_nobody_catches_ends_the_execution() -> None:
    def fail(_parameters: Any) -> None:
        raise StateError("Lambda.Unknown", "killed")

    states = {"A": task(Catch=[{"ErrorEquals": ["Other"], "Next": "A"}], Retry=[{"ErrorEquals": ["Other"]}])}
    found = run(states, {"n": 1}, do=fail)
    assert (found.status, found.error, found.cause) == ("FAILED", "Lambda.Unknown", "killed")


def test_a_missing_path_is_a_runtime_error() -> None:
    assert run({"A": task()}, {}, do=lambda _: 1).error == "States.Runtime"


def test_maps_run_their_items_with_what_is_selected() -> None:
    states = {
        "A": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemSelector": {"n.$": "$$.Map.Item.Value", "all.$": "States.ArrayLength($.items)"},
            "ItemProcessor": {"StartAt": "I", "States": {"I": task(Parameters={"n.$": "$.n", "all.$": "$.all"})}},
            "End": True,
        }
    }
    found = run(states, {"items": [4, 5]}, do=lambda parameters: parameters["n"] * parameters["all"])
    assert found.output == [8, 10]
    assert found.calls == {"I": 2}


def test_branches_run_on_copies_of_the_state() -> None:
    branch = {"StartAt": "B", "States": {"B": task(Parameters={"n.$": "$.n"})}}
    states = {"A": {"Type": "Parallel", "Branches": [branch, branch], "ResultPath": "$.both", "End": True}}

    def change(parameters: Any) -> Any:
        parameters["n"].append(1)
        return len(parameters["n"])

    assert run(states, {"n": []}, do=change).output == {"n": [], "both": [1, 1]}


def test_choices_choose_or_default() -> None:
    rule = {"Variable": "$.n", "NumericEquals": 0, "Next": "B"}
    states = {
        "A": {"Type": "Choice", "Choices": [rule], "Default": "C"},
        "B": {"Type": "Succeed"},
        "C": {"Type": "Fail", "Error": "NotZero", "CausePath": "States.Format('{} is {}', 'n', $.n)"},
    }
    assert run(states, {"n": 0}).status == "SUCCEEDED"
    failed = run(states, {"n": 3})
    assert (failed.error, failed.cause) == ("NotZero", "n is 3")


def test_passes_give_their_result_or_their_parameters() -> None:
    states = {
        "A": {"Type": "Pass", "Parameters": {"r.$": "States.ArrayRange($.a, $.b, 1)"}, "Next": "B"},
        "B": {"Type": "Pass", "Result": {"x": 1}, "ResultPath": "$.more", "End": True},
    }
    assert run(states, {"a": 3, "b": 5}).output == {"r": [3, 4, 5], "more": {"x": 1}}


def test_sizes_of_the_state_are_kept_for_every_step() -> None:
    found = run({"A": task(ResultPath="$.r")}, {"n": 1}, do=lambda _: "x" * 100)
    assert found.steps == [("A", len('{"n":1}'), len('{"n":1,"r":""}') + 100)]
    assert found.largest == found.steps[0][2]
    assert found.path == ["A"]


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Wait", "Seconds": 1, "End": True},
        {"Type": "Choice", "Choices": [{"Variable": "$.n", "IsNull": True, "Next": "A"}], "Default": "A"},
        {"Type": "Pass", "Parameters": {"x.$": "n"}, "End": True},
        {"Type": "Pass", "Result": 1, "ResultPath": "$.a.b", "End": True},
    ],
)
def test_what_it_does_not_know_it_says(state: dict[str, Any]) -> None:
    with pytest.raises(NotInterpretedError):
        run({"A": state}, {"n": 1})
