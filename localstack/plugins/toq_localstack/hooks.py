"""What is added to LocalStack's gateway when it starts; found through the entry points."""

import os
from pathlib import Path

from localstack.aws import handlers
from localstack.runtime import hooks


@hooks.on_infra_start()
def hold_lambda_limits() -> None:
    """Refuse invocations whose payload Lambda would refuse."""
    from toq_localstack.calls.limits import refuse_large_invocations

    handlers.serve_custom_service_request_handlers.append(refuse_large_invocations)


@hooks.on_infra_start(should_load=lambda: bool(os.environ.get("TOQ_CALLS_LOG")))
def record_calls() -> None:
    """Record every call into the file that TOQ_CALLS_LOG names."""
    from toq_localstack.calls.recorder import CallRecorder

    handlers.run_custom_response_handlers.append(CallRecorder(Path(os.environ["TOQ_CALLS_LOG"])))
