"""What is changed at LocalStack's gateway when it starts; found through the entry points."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from localstack import config
from localstack.aws import handlers
from localstack.runtime import hooks
from localstack.runtime.server import twisted as twisted_server
from twisted.internet import endpoints


@hooks.on_runtime_create()
def listen_where_told() -> None:
    """Bind the gateway to the hosts of GATEWAY_LISTEN: LocalStack 4.14 takes their ports and listens on every network.

    An emulator that takes any credentials and runs uploaded code must not be reachable from outside.
    """
    hosts = {each.port: each.host for each in config.GATEWAY_LISTEN}

    def ipv4(reactor: Any, port: int) -> endpoints.TCP4ServerEndpoint:
        return endpoints.TCP4ServerEndpoint(reactor, port, interface=hosts[port])  # type: ignore[no-untyped-call]

    twisted_server.endpoints = SimpleNamespace(  # type: ignore[assignment]
        TCP4ServerEndpoint=ipv4, TCP6ServerEndpoint=endpoints.TCP6ServerEndpoint
    )


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


@hooks.on_infra_start()
def render_numbers_in_texts() -> None:
    """Let an EventBridge input transformer put a number into a sentence; LocalStack 4.14 fails the delivery."""
    from localstack.services.events import target

    render = target.replace_template_placeholders

    def render_with_numbers(template: str, replacements: dict[str, Any]) -> Any:
        if template.strip().startswith("{"):  # a JSON template keeps numbers as they are
            return render(template, replacements)
        plain = {name: str(each) if type(each) in (int, float) else each for name, each in replacements.items()}
        return render(template, plain)

    target.replace_template_placeholders = render_with_numbers
