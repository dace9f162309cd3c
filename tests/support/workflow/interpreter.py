"""A small interpreter of the Amazon States Language: what our state machine uses of it, and an error for all else.

It runs a definition in the process, calls Python functions for its tasks, never waits, and keeps account of how large
the state is at each step. Its own tests hold it against the language; the same definition runs on LocalStack and AWS.
"""

import copy
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

type Task = Callable[[dict[str, Any]], Any]


class NotInterpretedError(Exception):
    """The definition uses something of the language that this interpreter does not know."""


class StateError(Exception):
    """An error as Catch and Retry see it."""

    def __init__(self, name: str, cause: str = "") -> None:
        super().__init__(f"{name}: {cause}")
        self.name = name
        self.cause = cause


@dataclass
class Run:
    """One execution: its end, and what happened on the way.

    ``steps`` are ``(state, bytes of its input, bytes of its output)``; ``calls`` counts tasks by state.
    """

    status: str = "RUNNING"
    output: Any = None
    error: str = ""
    cause: str = ""
    steps: list[tuple[str, int, int]] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)

    @property
    def path(self) -> list[str]:
        """States in the order in which they ended, repetitions left out."""
        return list(dict.fromkeys(name for name, _, _ in self.steps))

    @property
    def largest(self) -> int:
        """Bytes of the largest state anywhere on the way."""
        return max(max(given, left) for _, given, left in self.steps)


class _Failed(Exception):
    def __init__(self, error: str, cause: str) -> None:
        super().__init__(error)
        self.error, self.cause = error, cause


class Interpreter:
    """Runs one definition.

    Parameters
    ----------
    tasks
        Function for each ``Resource`` of a Task state; it gets the state's parameters. An exception is an error of the
        name of its class, unless it is a `StateError`.
    """

    def __init__(self, definition: Mapping[str, Any], tasks: Mapping[str, Task]) -> None:
        self._definition = definition
        self._tasks = tasks

    def run(self, given: Any, arn: str, started_at: str) -> Run:
        """Execute the definition to its end."""
        run = Run()
        context = {"Execution": {"Id": arn, "StartTime": started_at, "Name": arn.rsplit(":", 1)[-1]}}
        try:
            run.output = self._machine(self._definition, given, context, run)
            run.status = "SUCCEEDED"
        except _Failed as failed:
            run.status, run.error, run.cause = "FAILED", failed.error, failed.cause
        except StateError as error:
            run.status, run.error, run.cause = "FAILED", error.name, error.cause
        return run

    def _machine(self, machine: Mapping[str, Any], data: Any, context: Mapping[str, Any], run: Run) -> Any:
        name = machine["StartAt"]
        while True:
            state = machine["States"][name]
            given = _size(data)
            if state["Type"] == "Fail":
                raise _Failed(state["Error"], str(_value(state.get("CausePath", ""), data, context)))
            data, following = self._state(name, state, data, context, run)
            run.steps.append((name, given, _size(data)))
            if following is None:
                return data
            name = following

    def _state(
        self, name: str, state: Mapping[str, Any], data: Any, context: Mapping[str, Any], run: Run
    ) -> tuple[Any, str | None]:
        if state["Type"] == "Succeed":
            return data, None
        if state["Type"] == "Choice":
            return data, _chosen(state, data, context)
        try:
            result = self._with_retries(name, state, data, context, run)
        except StateError as error:
            for catch in state.get("Catch", []):
                if _matches(catch["ErrorEquals"], error.name):
                    failure = {"Error": error.name, "Cause": error.cause}
                    return _put(data, catch.get("ResultPath", "$"), failure), catch["Next"]
            raise
        if "ResultSelector" in state:
            result = _template(state["ResultSelector"], result, context)
        output = _put(data, state.get("ResultPath", "$"), result)
        if "OutputPath" in state:
            output = _value(state["OutputPath"], output, context)
        return output, None if state.get("End") else state["Next"]

    def _with_retries(
        self, name: str, state: Mapping[str, Any], data: Any, context: Mapping[str, Any], run: Run
    ) -> Any:
        used: dict[int, int] = {}
        while True:
            try:
                return self._once(name, state, copy.deepcopy(data), context, run)
            except StateError as error:
                for number, retry in enumerate(state.get("Retry", [])):
                    if _matches(retry["ErrorEquals"], error.name):
                        used[number] = used.get(number, 0) + 1
                        if used[number] > retry.get("MaxAttempts", 3):
                            raise
                        break
                else:
                    raise

    def _once(self, name: str, state: Mapping[str, Any], data: Any, context: Mapping[str, Any], run: Run) -> Any:
        match state["Type"]:
            case "Pass":
                return _template(state["Parameters"], data, context) if "Parameters" in state else state["Result"]
            case "Task":
                return self._task(name, state, data, context, run)
            case "Parallel":
                return [self._machine(branch, copy.deepcopy(data), context, run) for branch in state["Branches"]]
            case "Map":
                return self._map(state, data, context, run)
        raise NotInterpretedError(state["Type"])

    def _task(self, name: str, state: Mapping[str, Any], data: Any, context: Mapping[str, Any], run: Run) -> Any:
        run.calls[name] = run.calls.get(name, 0) + 1
        parameters = _template(state["Parameters"], data, context)
        try:
            return self._tasks[state["Resource"]](parameters)
        except StateError:
            raise
        except Exception as error:  # any exception of a handler is an error of the task, as on Lambda
            cause = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": ["..."]}
            raise StateError(type(error).__name__, json.dumps(cause)) from error

    def _map(self, state: Mapping[str, Any], data: Any, context: Mapping[str, Any], run: Run) -> list[Any]:
        results = []
        for index, item in enumerate(_value(state["ItemsPath"], data, context)):
            inner = {**context, "Map": {"Item": {"Index": index, "Value": item}}}
            given = _template(state["ItemSelector"], data, inner)
            results.append(self._machine(state["ItemProcessor"], given, inner, run))
        return results


def _size(data: Any) -> int:
    return len(json.dumps(data, separators=(",", ":")).encode())


def _matches(names: list[str], error: str) -> bool:
    return "States.ALL" in names or error in names or ("States.TaskFailed" in names and error != "States.Timeout")


def _chosen(state: Mapping[str, Any], data: Any, context: Mapping[str, Any]) -> str:
    for rule in state["Choices"]:
        (test,) = set(rule) - {"Variable", "Next"}
        if test not in ("NumericEquals", "StringEquals"):
            raise NotInterpretedError(test)
        if _value(rule["Variable"], data, context) == rule[test]:
            return str(rule["Next"])
    return str(state["Default"])


def _put(data: Any, path: str | None, result: Any) -> Any:
    if path is None:
        return data
    if path == "$":
        return result
    if not re.fullmatch(r"\$\.\w+", path):
        raise NotInterpretedError(path)
    return {**data, path.removeprefix("$."): result}


def _template(template: Any, data: Any, context: Mapping[str, Any]) -> Any:
    if isinstance(template, list):
        return [_template(one, data, context) for one in template]
    if not isinstance(template, dict):
        return template
    return {
        name.removesuffix(".$"): _value(value, data, context)
        if name.endswith(".$")
        else _template(value, data, context)
        for name, value in template.items()
    }


def _value(path: str, data: Any, context: Mapping[str, Any]) -> Any:
    """A reference path, a path into the context object, or an intrinsic function."""
    call = re.fullmatch(r"States\.(\w+)\((.*)\)", path)
    if call:
        arguments = [_argument(one.strip(), data, context) for one in _split(call[2])]
        return _INTRINSICS[call[1]](*arguments)
    if not path.startswith("$"):
        raise NotInterpretedError(path)
    found, steps = (context, path[2:]) if path.startswith("$$") else (data, path[1:])
    for step in steps.split(".")[1:]:
        if not isinstance(found, Mapping) or step not in found:
            raise StateError("States.Runtime", f"{path} is not in the state")
        found = found[step]
    return found


def _argument(text: str, data: Any, context: Mapping[str, Any]) -> Any:
    if text.startswith("'"):
        return text.strip("'")
    return int(text) if text.isdigit() else _value(text, data, context)


def _split(arguments: str) -> list[str]:
    return re.findall(r"'[^']*'|[^,]+", arguments)


def _string_to_json(text: str) -> Any:
    return json.loads(text)


def _array_range(first: int, last: int, step: int) -> list[int]:
    return list(range(first, last + 1, step))


def _format(form: str, *values: Any) -> str:
    return form.format(*values)


_INTRINSICS: dict[str, Callable[..., Any]] = {
    "StringToJson": _string_to_json,
    "ArrayRange": _array_range,
    "ArrayLength": len,
    "Format": _format,
}
