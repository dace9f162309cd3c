"""Terraform's provider service (plugin protocol 6): from requests to resource classes and back."""

import functools
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import grpc  # type: ignore[import-untyped]
from tf.gen import tfplugin_pb2 as pb  # type: ignore[import-untyped]
from tf.gen import tfplugin_pb2_grpc as rpc

from toq_aws_provider import registry, schema
from toq_aws_provider.aws import Aws, ConfigurationError
from toq_aws_provider.aws_calls import ResourceError, is_not_found
from toq_aws_provider.planning import Planner, ProviderData, tag_changes
from toq_aws_provider.resource import Resource
from toq_aws_provider.schema import Attribute, Block
from toq_aws_provider.values import Object, Value, decode, encode, is_json, is_known

Handler = Callable[["Provider", Any, Any], None]


def _answered(handler: Handler) -> Callable[["Provider", Any, grpc.ServicerContext], Any]:
    """Give the handler an empty response to fill in, and turn what it raises into one Terraform diagnostic."""
    response_type = getattr(pb, handler.__name__).Response

    @functools.wraps(handler)
    def answer(self: "Provider", request: Any, context: grpc.ServicerContext) -> Any:
        response = response_type()
        try:
            handler(self, request, response)
        except Exception as error:  # noqa: BLE001 - the boundary: Terraform reports it, the process lives on
            subject = getattr(request, "type_name", "") or "provider"
            if not _is_expected(error):
                traceback.print_exc(file=sys.stderr)
            response.diagnostics.add(
                severity=pb.Diagnostic.ERROR, summary=f"{subject}: {_headline(error)}", detail=str(error)
            )
        return response

    return answer


def _is_expected(error: Exception) -> bool:
    expected = ConfigurationError | ResourceError | FileNotFoundError | TimeoutError
    return isinstance(error, expected) or hasattr(error, "response")


def _headline(error: Exception) -> str:
    if isinstance(error, ConfigurationError):
        return "configuration refused"
    operation = getattr(error, "operation_name", "")
    return f"{operation} failed" if operation else "failed" if _is_expected(error) else type(error).__name__


class Provider(rpc.ProviderServicer):  # type: ignore[misc]  # generated without types
    """Serves the types of `registry`; configured once per process, then called by many threads."""

    def __init__(self) -> None:
        self._aws: Aws | None = None

    @property
    def aws(self) -> Aws:
        if self._aws is None:
            raise ConfigurationError("Terraform has not configured the provider yet")
        return self._aws

    def _planner(self, type_name: str) -> Planner:
        provider_data = ProviderData(self.aws.region, self.aws.default_tags)
        return Planner(registry.resource_class(type_name), schema.resource(type_name), provider_data)

    def _manager(self, type_name: str, state: Object) -> Resource:
        return registry.resource_class(type_name)(self.aws.in_region(state.get("region")))

    @_answered
    def GetMetadata(self, request: Any, response: Any) -> None:
        response.server_capabilities.get_provider_schema_optional = True
        for type_name in registry.RESOURCE_TYPES:
            response.resources.add(type_name=type_name)
        for type_name in registry.DATA_SOURCE_TYPES:
            response.data_sources.add(type_name=type_name)

    @_answered
    def GetProviderSchema(self, request: Any, response: Any) -> None:
        response.server_capabilities.get_provider_schema_optional = True
        response.provider.block.CopyFrom(schema.provider().to_protobuf())
        response.provider_meta.block.SetInParent()
        for type_name in registry.RESOURCE_TYPES:
            response.resource_schemas[type_name].block.CopyFrom(schema.resource(type_name).to_protobuf())
        for type_name in registry.DATA_SOURCE_TYPES:
            response.data_source_schemas[type_name].block.CopyFrom(schema.data_source(type_name).to_protobuf())

    @_answered
    def ValidateProviderConfig(self, request: Any, response: Any) -> None:
        """The schema says it all."""

    @_answered
    def ValidateDataResourceConfig(self, request: Any, response: Any) -> None:
        """The schema says it all."""

    @_answered
    def GetFunctions(self, request: Any, response: Any) -> None:
        """There are none."""

    @_answered
    def StopProvider(self, request: Any, response: Any) -> None:
        """Calls under way are short or have a deadline: let them end."""

    @_answered
    def ValidateResourceConfig(self, request: Any, response: Any) -> None:
        resource_class, block = registry.resource_class(request.type_name), schema.resource(request.type_name)
        config = decode(request.config)
        for name in _computed_only(block, config):  # core leaves this check to providers
            _complain(
                response,
                "Value for unconfigurable attribute",
                f'Can\'t configure a value for "{name}": its value will be decided automatically based on the '
                "result of applying this configuration.",
                name.partition(".")[0],
            )
        for name in (*resource_class.json_documents, *resource_class.policy_documents):
            text = config.get(name)
            if isinstance(text, str) and text and not is_json(text):
                _complain(response, "Invalid JSON", f'"{name}" is not a JSON document: {text[:200]}', name)
        for path in resource_class.unsupported_attributes:
            if any(value not in (None, "", [], {}) for value in _values_at(path, config)):
                name = path.partition(".")[0]
                _complain(response, "Not served", f'The stand-in provider does not serve "{path}".', name)
        for message in resource_class.validate_config(config):
            _complain(response, "Invalid configuration", message)

    @_answered
    def ConfigureProvider(self, request: Any, response: Any) -> None:
        self._aws = Aws(schema.provider().map(decode(request.config), _known_or_unset))

    @_answered
    def UpgradeResourceState(self, request: Any, response: Any) -> None:
        """Same version: bring an older extraction's object into today's shape."""
        state = decode(pb.DynamicValue(json=request.raw_state.json))
        response.upgraded_state.CopyFrom(encode(schema.resource(request.type_name).conform(state)))

    @_answered
    def ReadResource(self, request: Any, response: Any) -> None:
        state = decode(request.current_state)
        response.private = request.private
        actual = read(self._manager(request.type_name, state), state["id"], state)
        refreshed = self._planner(request.type_name).refresh(state, actual) if actual is not None else None
        response.new_state.CopyFrom(encode(refreshed))

    @_answered
    def PlanResourceChange(self, request: Any, response: Any) -> None:
        prior, proposed = decode(request.prior_state), decode(request.proposed_new_state)
        response.planned_private = request.prior_private
        response.legacy_type_system = registry.resource_class(request.type_name).legacy_type_system
        if proposed is None:
            response.planned_state.CopyFrom(encode(None))
            return
        result = self._planner(request.type_name).plan(prior, proposed, decode(request.config))
        response.planned_state.CopyFrom(encode(result.state))
        for path in result.requires_replace:
            response.requires_replace.add(steps=[pb.AttributePath.Step(attribute_name=path.partition(".")[0])])

    @_answered
    def ApplyResourceChange(self, request: Any, response: Any) -> None:
        prior, planned = decode(request.prior_state), decode(request.planned_state)
        response.private = request.planned_private
        response.new_state.CopyFrom(encode(prior))  # what Terraform keeps when the calls below fail
        manager = self._manager(request.type_name, planned or prior)
        response.legacy_type_system = manager.legacy_type_system
        if planned is None:
            delete(manager, prior)
            response.new_state.CopyFrom(encode(None))
            return
        planner = self._planner(request.type_name)
        new = planner.known_part(planned)
        if prior is None:
            new["id"] = manager.create(new)
            response.new_state.CopyFrom(encode(new))  # tainted, but not lost, when the rest fails
            manager.after_create(new["id"], new)
        else:
            manager.update(prior["id"], prior, new)
            changed, removed = tag_changes(prior, new)
            if changed or removed:
                manager.update_tags(prior["id"], new, changed, removed)
        actual = read(manager, new["id"], new)
        if actual is None:
            raise ResourceError(f"{request.type_name} {new['id']} is not there although the call succeeded")
        state = planner.complete(planned, {"region": self.aws.region, **actual, "id": new["id"]})
        response.new_state.CopyFrom(encode(state))

    @_answered
    def ImportResourceState(self, request: Any, response: Any) -> None:
        manager = self._manager(request.type_name, {})
        state = schema.resource(request.type_name).conform(manager.import_state(request.id))
        actual = read(manager, state["id"], state)
        if actual is None:
            raise ResourceError(f"{request.type_name} {request.id!r} does not exist: there is nothing to import.")
        imported = self._planner(request.type_name).refresh(state, actual, importing=True)
        response.imported_resources.add(type_name=request.type_name, state=encode(imported))

    @_answered
    def ReadDataSource(self, request: Any, response: Any) -> None:
        config = decode(request.config)
        source = registry.data_source_class(request.type_name)(self.aws.in_region(config.get("region")))
        response.state.CopyFrom(encode({**config, **source.read(config)}))


def _known_or_unset(name: str, attribute: Attribute, value: Value) -> Value:
    """Provider settings that a later apply decides count as unset, as in the real provider."""
    return value if is_known(value) else None


def read(manager: Resource, identifier: str, state: Object) -> Object | None:
    """`Resource.read`, with None also when the call says that the resource is not there."""
    try:
        return manager.read(identifier, state)
    except Exception as error:
        if is_not_found(error, manager.not_found_codes):
            return None
        raise


def delete(manager: Resource, state: Object) -> None:
    """`Resource.delete`; that the resource is not there is no failure."""
    try:
        manager.delete(state["id"], state)
    except Exception as error:
        if not is_not_found(error, manager.not_found_codes):
            raise


def _computed_only(block: Block, config: Value, path: str = "") -> Iterator[str]:
    """Paths of configured attributes that only AWS can set."""
    if not isinstance(config, dict):
        return
    for name, attribute in block.attributes.items():
        if not attribute.configurable and config.get(name) is not None:
            yield path + name
    for name, nested in block.blocks.items():
        inner = config.get(name)
        for item in inner if isinstance(inner, list) else [inner]:
            yield from _computed_only(nested.block, item, f"{path}{name}.")


def _values_at(path: str, config: Object) -> Iterator[Value]:
    """The values of an attribute; with `a.b` those of attribute b in all blocks a, and so on inwards."""
    name, _, rest = path.partition(".")
    value = config.get(name)
    if not rest:
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _values_at(rest, item)


def _complain(response: Any, summary: str, detail: str, attribute: str = "") -> None:
    steps = [pb.AttributePath.Step(attribute_name=attribute)] if attribute else []
    response.diagnostics.add(
        severity=pb.Diagnostic.ERROR, summary=summary, detail=detail, attribute=pb.AttributePath(steps=steps)
    )
