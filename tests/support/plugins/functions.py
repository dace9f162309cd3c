"""Functions under test: what they do is said by the event."""

import base64
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HANDLER = """
import importlib, json, os, sys, tempfile, time

def handler(event, context):
    answer = {"pid": os.getpid(), "trace": os.environ.get("_X_AMZN_TRACE_ID")}
    for verb, value in event.items():
        if verb == "print":
            print(value)
        elif verb == "sleep":
            time.sleep(value)
        elif verb == "hold_mebibytes":
            answer["held"] = len(bytearray(value * 1024 * 1024)); time.sleep(5)
        elif verb == "exit":
            os._exit(value)
        elif verb == "raise":
            raise ValueError(value)
        elif verb == "answer_bytes":
            return "x" * value
        elif verb == "import":
            answer["imported"] = importlib.import_module(value).__name__
        elif verb == "list_bucket":
            import boto3
            listing = boto3.client("s3").list_objects_v2(Bucket=value, Prefix="some/")
            answer["objects"] = listing["KeyCount"]
        elif verb == "environment":
            answer["environment"] = dict(os.environ)
            answer["tmp"] = tempfile.gettempdir()
            answer["remaining"] = context.get_remaining_time_in_millis()
    return answer
"""


def archive(files: Mapping[str, str]) -> bytes:
    """A zip with these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, text in files.items():
            target.writestr(name, text)
    return buffer.getvalue()


@dataclass(frozen=True)
class Answer:
    """What Invoke gave.

    Parameters
    ----------
    error
        ``Unhandled``, or None.
    log
        The last 4 KB of the invocation's log.
    """

    payload: Any
    error: str | None
    log: str


@dataclass(frozen=True)
class Function:
    """A function that exists in the emulator."""

    client: Any
    name: str

    def invoke(self, **event: Any) -> Answer:
        """Invoke and wait for the answer."""
        answer = self.client.invoke(FunctionName=self.name, Payload=json.dumps(event), LogType="Tail")
        return Answer(
            payload=json.loads(answer["Payload"].read()),
            error=answer.get("FunctionError"),
            log=base64.b64decode(answer.get("LogResult", "")).decode(),
        )


def create_function(client: Any, name: str, role: str, files: Mapping[str, str], **settings: Any) -> Function:
    """Create a Python 3.12 function and wait until it can be invoked."""
    defaults: dict[str, Any] = {
        "Runtime": "python3.12",
        "Handler": "function.handler",
        "Timeout": 10,
        "MemorySize": 128,
    }
    client.create_function(FunctionName=name, Role=role, Code={"ZipFile": archive(files)}, **(defaults | settings))
    client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    return Function(client, name)
