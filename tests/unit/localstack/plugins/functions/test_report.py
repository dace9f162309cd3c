from typing import Any

import pytest
from toq_localstack.functions.report import Output, Report, exited, out_of_memory, timed_out


@pytest.mark.parametrize(
    ("failure", "error_type", "text"),
    [
        (timed_out(3), "Sandbox.Timedout", "Task timed out after 3.00 seconds"),
        (out_of_memory(), "Runtime.OutOfMemory", "Runtime exited with error: signal: killed"),
        (exited(-11), "Runtime.ExitError", "Runtime exited with error: signal: segmentation fault"),
        (exited(0), "Runtime.ExitError", "Runtime exited without providing a reason"),
    ],
)
def test_a_failed_invocation_is_named_as_lambda_names_it(failure: Any, error_type: str, text: str) -> None:
    assert failure.error_type == error_type
    assert f'"errorMessage": "RequestId: abc Error: {text}"' in failure.payload("abc").decode()


def test_the_report_bills_the_init_phase_too() -> None:
    report = Report("abc", duration=0.0101, memory_size=512, memory_used=90, init_duration=0.2, trace_id="1-2-3")

    log = report.log("$LATEST", Output(before="loaded\n", during="worked\n"))

    assert log == (
        "loaded\nSTART RequestId: abc Version: $LATEST\nworked\nEND RequestId: abc\n"
        "REPORT RequestId: abc\tDuration: 10.10 ms\tBilled Duration: 211 ms\tMemory Size: 512 MB\t"
        "Max Memory Used: 90 MB\tInit Duration: 200.00 ms\tXRAY TraceId: 1-2-3\n"
    )
