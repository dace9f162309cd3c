"""What is changed at LocalStack's gateway when it starts; found through the entry points."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from localstack import config
from localstack.aws import handlers
from localstack.aws.protocol.serializer import BaseCBORResponseSerializer
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


@hooks.on_infra_start()
def remember_sessions() -> None:
    """Remember the role behind each temporary key that is given out."""
    from toq_localstack.calls.callers import SESSIONS

    handlers.run_custom_response_handlers.append(SESSIONS.learn)


@hooks.on_infra_start(should_load=lambda: bool(os.environ.get("TOQ_CALLS_LOG")))
def record_calls() -> None:
    """Record every call into the file that TOQ_CALLS_LOG names."""
    from toq_localstack.calls.callers import SESSIONS
    from toq_localstack.calls.recorder import CallRecorder

    handlers.run_custom_response_handlers.append(CallRecorder(Path(os.environ["TOQ_CALLS_LOG"]), SESSIONS))


@hooks.on_infra_start(should_load=lambda: os.environ.get("TOQ_ENFORCE_POLICIES") == "1")
def enforce_policies() -> None:
    """Refuse a role what the applied policies refuse it."""
    from toq_localstack.calls.callers import SESSIONS
    from toq_localstack.calls.enforcement import PolicyEnforcer
    from toq_localstack.calls.recorder import tags_of

    handlers.serve_custom_service_request_handlers.append(PolicyEnforcer(SESSIONS, tags_of))


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


@hooks.on_infra_start()
def leave_unknown_members_out_of_cbor() -> None:
    """Drop what a service's model does not name from answers in CBOR, as every other protocol's serializer does.

    LocalStack 4.14 keeps an alarm's tags beside it and answers DescribeAlarms over Smithy RPC v2 CBOR, the protocol of
    AWS's Go SDK, with an internal error.
    """
    serialize = BaseCBORResponseSerializer._serialize_type_structure

    def serialize_known(self: Any, serialized: Any, value: dict[str, Any], shape: Any, *rest: Any) -> None:
        known = {name: each for name, each in value.items() if name in shape.members}
        serialize(self, serialized, known, shape, *rest)

    BaseCBORResponseSerializer._serialize_type_structure = serialize_known  # type: ignore[assignment,method-assign]


@hooks.on_infra_start()
def forget_emptied_redrive_allow_policies() -> None:
    """Take a queue's RedriveAllowPolicy away when it is set to nothing; LocalStack 4.14 answers with "" ever after.

    For the AWS provider "" is no JSON, so it waits for the deletion of ``aws_sqs_queue_redrive_allow_policy`` until its
    time is over.
    """
    from localstack.services.sqs import constants

    constants.DELETE_IF_DEFAULT["RedriveAllowPolicy"] = ""


@hooks.on_infra_start()
def take_batches_side_by_side() -> None:
    """Let an event source mapping of a queue invoke its function five times at once, as Lambda does."""
    from toq_localstack.functions import event_sources

    event_sources.install()


@hooks.on_infra_start()
def offer_faults() -> None:
    """Let faults and a shorter time be chosen while LocalStack runs; there are none until then."""
    from toq_localstack.faults import control, gateway, time_scale

    control.install()
    time_scale.install()
    handlers.serve_custom_service_request_handlers.append(gateway.before)
    handlers.run_custom_response_handlers.append(gateway.after)
