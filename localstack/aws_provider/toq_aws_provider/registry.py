"""Which module serves which Terraform type. Modules are imported when Terraform first asks for one of their types."""

import functools
import importlib

from toq_aws_provider.resource import DataSource, Resource

# module under resources/ -> the types it serves, without "aws_"
_RESOURCES = {
    "kms": "kms_key kms_alias",
    "s3": "s3_bucket s3_bucket_ownership_controls s3_bucket_policy s3_bucket_public_access_block s3_bucket_versioning",
    "s3_settings": "s3_bucket_cors_configuration s3_bucket_logging s3_bucket_server_side_encryption_configuration",
    "s3_lifecycle": "s3_bucket_lifecycle_configuration",
    "sqs": "sqs_queue sqs_queue_policy sqs_queue_redrive_allow_policy",
    "iam": "iam_policy iam_role iam_role_policy iam_role_policy_attachment",
    "lambda_function": "lambda_function",
    "lambda_layer": "lambda_layer_version",
    "lambda_wiring": "lambda_event_source_mapping lambda_permission",
    "stepfunctions": "sfn_state_machine",
    "logs": "cloudwatch_log_group",
    "cloudwatch": "cloudwatch_dashboard cloudwatch_metric_alarm",
    "events": "cloudwatch_event_rule cloudwatch_event_target",
    "sns": "sns_topic sns_topic_policy sns_topic_subscription",
    "secretsmanager": "secretsmanager_secret secretsmanager_secret_policy",
    "cloudformation": "cloudformation_stack",
    "mediaconvert": "media_convert_queue",
    "apigateway_rest_api": "api_gateway_account api_gateway_rest_api api_gateway_rest_api_policy api_gateway_vpc_link",
    "apigateway_methods": "api_gateway_integration api_gateway_method api_gateway_model api_gateway_request_validator"
    " api_gateway_resource",
    "apigateway_stages": "api_gateway_deployment api_gateway_method_settings api_gateway_stage",
    "ec2": "security_group vpc_endpoint vpc_security_group_egress_rule vpc_security_group_ingress_rule",
}
_DATA_SOURCES = {
    "ec2_network": "subnets vpc",
}


def _by_type(modules: dict[str, str]) -> dict[str, str]:
    return {f"aws_{name}": module for module, names in modules.items() for name in names.split()}


RESOURCE_TYPES = _by_type(_RESOURCES)
DATA_SOURCE_TYPES = _by_type(_DATA_SOURCES)


@functools.cache
def resource_class(type_name: str) -> type[Resource]:
    """The class that manages a resource type.

    Raises
    ------
    KeyError
        For a type that this provider does not serve.
    """
    return _served(RESOURCE_TYPES[type_name], Resource, type_name)


@functools.cache
def data_source_class(type_name: str) -> type[DataSource]:
    """The class that reads a data source.

    Raises
    ------
    KeyError
        For a type that this provider does not serve.
    """
    return _served(DATA_SOURCE_TYPES[type_name], DataSource, type_name)


def _served[T: Resource | DataSource](module: str, base: type[T], type_name: str) -> type[T]:
    namespace = vars(importlib.import_module(f"toq_aws_provider.resources.{module}"))
    for candidate in namespace.values():
        if isinstance(candidate, type) and issubclass(candidate, base) and vars(candidate).get("type") == type_name:
            return candidate
    raise LookupError(f"resources/{module}.py has no class for {type_name}")
