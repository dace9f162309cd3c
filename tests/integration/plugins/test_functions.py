"""Lambda functions as processes, seen from outside: Invoke's answers and the log group."""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from tests.support.plugins.functions import HANDLER, Function, archive, create_function
from tests.support.plugins.metrics import metric_sum
from tests.support.waiting import wait_until

Client = Callable[[str], Any]


@pytest.fixture(scope="module")
def function(client: Client, lambda_role: str) -> Function:
    """A function whose doings its events say."""
    return create_function(client("lambda"), "plugins-doer", lambda_role, {"function.py": HANDLER})


@pytest.fixture
def impatient(client: Client, lambda_role: str, unique: str) -> Function:
    """The same with a timeout of one second."""
    return create_function(client("lambda"), unique, lambda_role, {"function.py": HANDLER}, Timeout=1)


def logged(client: Client, name: str) -> str:
    """All that stands in a function's log group; nothing before there is one."""
    logs = client("logs")
    try:
        found = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return ""
    return "".join(event["message"] for event in found)


def test_the_next_event_meets_the_same_process(function: Function) -> None:
    first, second = function.invoke(), function.invoke()

    assert first.payload["pid"] == second.payload["pid"]
    assert "Init Duration" not in second.log


def test_events_at_the_same_time_meet_different_processes(function: Function) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: function.invoke(sleep=0.5), range(4)))

    assert len({answer.payload["pid"] for answer in answers}) == 4


def test_the_log_frames_the_output_as_lambda_does(impatient: Function) -> None:
    log = impatient.invoke(print="a line of the function").log

    frame = (
        r"START RequestId: (?P<id>[0-9a-f-]{36}) Version: \$LATEST\n"
        r"a line of the function\n"
        r"END RequestId: (?P=id)\n"
        r"REPORT RequestId: (?P=id)\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\t"
        r"Memory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: [\d.]+ ms\n"
    )
    assert re.fullmatch(frame, log)


def test_the_log_reaches_the_log_group(client: Client, impatient: Function) -> None:
    impatient.invoke(print="for the log group")

    assert wait_until(lambda: "for the log group" in logged(client, impatient.name))


def test_an_exception_is_the_answer_with_its_stack_trace(function: Function) -> None:
    answer = function.invoke(**{"raise": "no such listing"})

    assert answer.error == "Unhandled"
    assert answer.payload["errorType"] == "ValueError"
    assert answer.payload["errorMessage"] == "no such listing"
    assert any("function.py" in line for line in answer.payload["stackTrace"])


def test_a_function_that_cannot_be_imported_says_so_to_the_caller_and_in_its_log(
    client: Client, lambda_role: str, unique: str
) -> None:
    files = {"function.py": "import no_such_module\n"}
    function = create_function(client("lambda"), unique, lambda_role, files)

    answer = function.invoke()

    assert answer.payload["errorType"] == "Runtime.ImportModuleError"
    assert "No module named 'no_such_module'" in answer.payload["errorMessage"]
    log = wait_until(lambda: logged(client, unique))
    assert "No module named 'no_such_module'" in log
    assert re.search(r"INIT_REPORT .*Phase: init\tStatus: error\tError Type: Runtime.ImportModuleError", log)


def test_a_function_that_is_too_slow_is_ended_at_its_timeout(impatient: Function) -> None:
    answer = impatient.invoke(sleep=30)

    assert answer.payload["errorType"] == "Sandbox.Timedout"
    assert answer.payload["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert "Duration: 1000.00 ms\t" in answer.log
    assert "Status: timeout" in answer.log
    assert impatient.invoke().error is None


def test_a_function_that_holds_more_than_its_memory_is_killed(function: Function) -> None:
    answer = function.invoke(hold_mebibytes=256)

    assert answer.payload["errorType"] == "Runtime.OutOfMemory"
    assert answer.payload["errorMessage"].endswith("Runtime exited with error: signal: killed")
    assert "Max Memory Used: 128 MB" in answer.log
    assert "Status: error\tError Type: Runtime.OutOfMemory" in answer.log


def test_a_process_that_ends_is_reported_and_replaced(function: Function) -> None:
    gone = function.invoke(exit=3)
    after = function.invoke()

    assert gone.payload["errorType"] == "Runtime.ExitError"
    assert gone.payload["errorMessage"].endswith("Runtime exited with error: exit status 3")
    assert after.error is None


def test_an_answer_over_six_megabytes_is_refused_and_the_next_event_is_served(function: Function) -> None:
    answer = function.invoke(answer_bytes=6 * 1024 * 1024 + 200)

    assert answer.payload["errorType"] == "Function.ResponseSizeTooLarge"
    assert function.invoke().error is None


def test_an_answer_just_under_six_megabytes_passes(function: Function) -> None:
    assert len(function.invoke(answer_bytes=6 * 1024 * 1024 - 10).payload) == 6 * 1024 * 1024 - 10


@pytest.mark.parametrize(("kind", "limit"), [("RequestResponse", 6 * 1024 * 1024), ("Event", 256 * 1024)])
def test_an_event_over_lambdas_limit_is_refused(function: Function, kind: str, limit: int) -> None:
    payload = json.dumps({"print": "x" * limit})

    with pytest.raises(ClientError) as refused:
        function.client.invoke(FunctionName=function.name, InvocationType=kind, Payload=payload)

    assert refused.value.response["Error"]["Code"] == "RequestEntityTooLargeException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


def test_a_function_sees_its_layer_and_the_runtime_but_no_other_package(
    client: Client, lambda_role: str, unique: str
) -> None:
    layers = client("lambda")
    content = {"ZipFile": archive({"python/from_layer.py": "NAME = 'layer'\n"})}
    layer = layers.publish_layer_version(LayerName=unique, Content=content)["LayerVersionArn"]
    function = create_function(layers, unique, lambda_role, {"function.py": HANDLER}, Layers=[layer])

    assert function.invoke(**{"import": "from_layer"}).payload["imported"] == "from_layer"
    assert function.invoke(**{"import": "boto3"}).payload["imported"] == "boto3"
    assert function.invoke(**{"import": "pytest"}).payload["errorType"] == "ModuleNotFoundError"


def test_a_later_layer_wins_over_an_earlier_one(client: Client, lambda_role: str, unique: str) -> None:
    layers = client("lambda")
    arns = []
    for number in (1, 2):
        content = {"ZipFile": archive({"python/both.py": f"print('layer {number}')\n", f"python/only{number}.py": ""})}
        arns.append(layers.publish_layer_version(LayerName=f"{unique}-{number}", Content=content)["LayerVersionArn"])
    function = create_function(layers, unique, lambda_role, {"function.py": HANDLER}, Layers=arns)

    assert "layer 2" in function.invoke(**{"import": "both"}).log
    assert function.invoke(**{"import": "only1"}).error is None


def test_the_environment_is_lambdas_and_each_process_has_a_tmp_of_its_own(function: Function) -> None:
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda _: function.invoke(sleep=0.3, environment=1).payload, range(2))

    seen = one["environment"]
    assert one["tmp"] != other["tmp"]
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == function.name
    assert seen["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.12"
    assert seen["AWS_SDK_UA_APP_ID"] == function.name
    assert not [name for name in seen if name.startswith("LOCALSTACK_")]
    assert 8000 < one["remaining"] <= 10_000
    assert one["trace"].startswith("Root=1-")


def test_a_missing_interpreter_fails_the_function_with_the_variable_to_set(
    client: Client, lambda_role: str, unique: str
) -> None:
    functions = client("lambda")
    with pytest.raises(WaiterError):
        create_function(functions, unique, lambda_role, {"function.py": HANDLER}, Runtime="python3.11")

    state = functions.get_function_configuration(FunctionName=unique)
    assert state["State"] == "Failed"
    assert "LAMBDA_PROCESS_PYTHON311=/no/such/python3.11 is no executable" in state["StateReason"]


def test_embedded_metrics_in_the_log_become_cloudwatch_metrics(client: Client, function: Function, unique: str) -> None:
    metadata = {
        "Timestamp": int(datetime.now(UTC).timestamp() * 1000),
        "CloudWatchMetrics": [
            {"Namespace": unique, "Dimensions": [["service"]], "Metrics": [{"Name": "Photos", "Unit": "Count"}]}
        ],
    }
    function.invoke(print=json.dumps({"_aws": metadata, "service": "thumbnails", "Photos": 12}))

    assert wait_until(lambda: metric_sum(client, unique, "Photos", service="thumbnails")) == 12
