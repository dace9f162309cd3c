import pytest
from toq_localstack.functions.interpreter import InterpreterError, executable_for


def test_the_interpreter_of_a_runtime_comes_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMBDA_PROCESS_PYTHON312", "/no/such/python")

    with pytest.raises(InterpreterError, match="LAMBDA_PROCESS_PYTHON312=/no/such/python is no executable"):
        executable_for("python3.12")
    with pytest.raises(InterpreterError, match=r"runtime nodejs22\.x is not supported"):
        executable_for("nodejs22.x")
