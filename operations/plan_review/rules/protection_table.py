"""What protects data, messages and logs beside policies: one row for each attribute, its direction and the reason."""

from dataclasses import dataclass
from typing import Final

from operations.plan_review.rules.directions import (
    FOREVER,
    Direction,
    gains_none,
    holds,
    kept,
    key,
    never,
    not_less,
    not_more,
    stays,
    unchanged,
)


@dataclass(frozen=True, slots=True)
class Protection:
    """An attribute of a resource type that must not go in one direction.

    Parameters
    ----------
    path
        Names of attribute and blocks, dotted; a block may stand once or as a list.
    """

    type: str
    path: str
    direction: Direction
    reason: str


def _rows(kind: str, *rows: tuple[str, Direction, str]) -> list[Protection]:
    return [Protection(kind, *row) for row in rows]


OWN_KEY: Final = "who may decrypt is decided by TOQ's own key (requirements, 1.2)"
ENDS: Final = ("cidr_ipv4", "cidr_ipv6", "referenced_security_group_id", "from_port", "to_port", "ip_protocol")
PROTECTIONS: Final[tuple[Protection, ...]] = (
    *_rows(
        "aws_s3_bucket",
        ("force_destroy", never(True), "a bucket with objects in it cannot be destroyed"),
        ("acl", never("public-read", "public-read-write", "authenticated-read"), "requirements, 1.1: no public access"),
        ("object_lock_enabled", stays(True), "locked versions stay"),
    ),
    *_rows(
        "aws_s3_bucket_acl",
        ("acl", never("public-read", "public-read-write", "authenticated-read"), "requirements, 1.1: no public access"),
    ),
    *_rows(
        "aws_s3_object", ("acl", never("public-read", "public-read-write", "authenticated-read"), "no public object")
    ),
    *_rows(
        "aws_s3_bucket_public_access_block",
        *(
            (name, stays(True), "requirements, 1.1: public access is blocked")
            for name in ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
        ),
    ),
    *_rows(
        "aws_s3_bucket_server_side_encryption_configuration",
        (
            "rule.apply_server_side_encryption_by_default.sse_algorithm",
            stays("aws:kms", "aws:kms:dsse"),
            "requirements, 1.1: SSE-KMS",
        ),
        (
            "rule.apply_server_side_encryption_by_default.sse_algorithm",
            stays("AES256", "aws:kms", "aws:kms:dsse"),
            "what is not under a key is encrypted by S3",
        ),
        ("rule.apply_server_side_encryption_by_default.kms_master_key_id", key, OWN_KEY),
        ("rule.blocked_encryption_types", holds, "objects under keys that TOQ does not have cannot be read by anybody"),
        (
            "rule.bucket_key_enabled",
            stays(True),
            "without it every object asks KMS, whose quota then stops the pipeline",
        ),
    ),
    *_rows(
        "aws_s3_bucket_versioning",
        ("versioning_configuration.status", stays("Enabled"), "requirements, 1.1: a deleted object is still a version"),
        ("versioning_configuration.mfa_delete", stays("Enabled"), "versions go with a second factor only"),
    ),
    *_rows(
        "aws_s3_bucket_ownership_controls",
        ("rule.object_ownership", stays("BucketOwnerEnforced"), "access control lists stay switched off"),
    ),
    *_rows(
        "aws_s3_bucket_logging",
        ("target_bucket", unchanged, "requirements, 1.1: access logs go to toq-logs"),
        ("target_prefix", unchanged, "only this prefix of toq-logs takes them"),
    ),
    *_rows(
        "aws_s3_bucket_cors_configuration",
        ("cors_rule.allowed_origins", gains_none, "whose pages may upload"),
        ("cors_rule.allowed_methods", gains_none, "pages upload and do nothing else"),
    ),
    *_rows("aws_sns_topic_subscription", ("endpoint", unchanged, "somebody hears the alarm")),
    *_rows(
        "aws_kms_key",
        ("enable_key_rotation", stays(True), "requirements, 1.2: rotation"),
        ("rotation_period_in_days", not_more, "requirements, 1.2: every 12 months"),
        ("is_enabled", stays(True), "what a disabled key encrypted cannot be read"),
        ("deletion_window_in_days", not_less(), "the time to notice a deletion"),
        ("bypass_policy_lockout_safety_check", never(True), "a key that nobody can administer is lost"),
    ),
    *_rows("aws_kms_alias", ("target_key_id", key, OWN_KEY)),
    *_rows(
        "aws_sqs_queue",
        ("kms_master_key_id", key, OWN_KEY),
        ("sqs_managed_sse_enabled", stays(True), "messages are encrypted"),
        ("redrive_policy", unchanged, "requirements, 1.3: a message that fails goes to the dead letters"),
        ("message_retention_seconds", not_less(), "messages wait until somebody looks"),
        ("kms_data_key_reuse_period_seconds", not_more, "how long a revoked key goes on working"),
    ),
    *_rows(
        "aws_sqs_queue_redrive_allow_policy",
        ("redrive_allow_policy", unchanged, "only its own queue uses a dead-letter queue"),
    ),
    *_rows("aws_sns_topic", ("kms_master_key_id", key, OWN_KEY)),
    *_rows(
        "aws_secretsmanager_secret",
        ("kms_key_id", key, OWN_KEY),
        ("recovery_window_in_days", not_less(), "a deleted secret can be restored so long"),
        ("force_overwrite_replica_secret", never(True), "a replica is not overwritten"),
    ),
    *_rows("aws_secretsmanager_secret_policy", ("block_public_policy", stays(True), "no policy for everybody")),
    *_rows(
        "aws_cloudwatch_log_group",
        ("kms_key_id", key, OWN_KEY),
        ("retention_in_days", not_less(FOREVER), "logs stay as long as was agreed"),
        ("skip_destroy", stays(True), "logs outlive their group"),
    ),
    *_rows(
        "aws_lambda_function",
        ("dead_letter_config.target_arn", unchanged, "an event that fails is kept"),
        ("kms_key_arn", key, OWN_KEY),
        ("vpc_config.subnet_ids", kept, "the function stays inside the VPC"),
        ("vpc_config.security_group_ids", unchanged, "where the function may connect to"),
        ("code_signing_config_arn", unchanged, "only signed code runs"),
        ("logging_config.log_group", unchanged, "logs go to the encrypted group with its retention"),
        ("tracing_config.mode", stays("Active"), "requirements, 1.5: X-Ray"),
        ("role", unchanged, "each function holds only what it uses (requirements, 1.8)"),
    ),
    *_rows(
        "aws_lambda_function_url",
        ("authorization_type", stays("AWS_IAM"), "nobody calls it unsigned"),
        ("authorization_type", never("NONE"), "nobody calls it unsigned"),
    ),
    *_rows(
        "aws_lambda_event_source_mapping",
        ("function_response_types", holds, "one bad message does not bring back its whole batch"),
        ("destination_config.on_failure.destination_arn", unchanged, "an event that fails is kept"),
        ("enabled", stays(True), "messages are taken"),
    ),
    *_rows(
        "aws_cloudwatch_event_target",
        ("dead_letter_config.arn", unchanged, "an event that cannot be delivered is kept"),
        ("retry_policy.maximum_retry_attempts", not_less(), "an event is tried again"),
        ("retry_policy.maximum_event_age_in_seconds", not_less(), "an event is tried again"),
    ),
    *_rows(
        "aws_cloudwatch_event_rule",
        ("state", stays("ENABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"), "events are heard"),
        ("event_pattern", unchanged, "the same events are heard"),
        ("schedule_expression", unchanged, "what looks after the rest runs as often as it did"),
    ),
    *_rows(
        "aws_cloudwatch_metric_alarm",
        ("alarm_actions", holds, "somebody hears the alarm"),
        ("actions_enabled", stays(True), "somebody hears the alarm"),
        ("threshold", not_more, "it rings as early as it did"),
        ("evaluation_periods", not_more, "it rings as early as it did"),
        ("period", not_more, "it rings as early as it did"),
    ),
    *_rows(
        "aws_api_gateway_rest_api",
        ("endpoint_configuration.types", unchanged, "requirements, 1.7: a private endpoint"),
        ("endpoint_configuration.vpc_endpoint_ids", unchanged, "reached from one VPC"),
    ),
    *_rows(
        "aws_api_gateway_method",
        ("authorization", stays("AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS"), "callers are known"),
        ("request_validator_id", kept, "malformed requests end at the gateway"),
    ),
    *_rows(
        "aws_api_gateway_method_settings",
        ("settings.data_trace_enabled", never(True), "full requests in logs hold the signature"),
        ("settings.logging_level", stays("ERROR", "INFO"), "errors are logged"),
        ("settings.throttling_rate_limit", not_more, "a caller cannot exhaust the functions"),
        ("settings.throttling_burst_limit", not_more, "a caller cannot exhaust the functions"),
    ),
    *_rows(
        "aws_api_gateway_stage",
        ("access_log_settings.destination_arn", unchanged, "who called is logged"),
        ("xray_tracing_enabled", stays(True), "requirements, 1.5: X-Ray"),
    ),
    *_rows(
        "aws_api_gateway_request_validator",
        ("validate_request_body", stays(True), "malformed requests end at the gateway"),
        ("validate_request_parameters", stays(True), "unsigned requests end at the gateway"),
    ),
    *_rows(
        "aws_api_gateway_integration",
        ("tls_config.insecure_skip_verification", never(True), "the backend's certificate is checked"),
        ("connection_type", stays("VPC_LINK"), "callbacks stay inside the VPC"),
        ("uri", unchanged, "callbacks go where they went"),
    ),
    *_rows("aws_api_gateway_domain_name", ("security_policy", stays("TLS_1_2"), "no older TLS")),
    *_rows(
        "aws_sfn_state_machine",
        ("logging_configuration.level", stays("ERROR", "ALL", "FATAL"), "failures are logged"),
        ("logging_configuration.log_destination", unchanged, "logs go to the encrypted group with its retention"),
        ("logging_configuration.include_execution_data", never(True), "inputs stay out of the logs"),
        ("encryption_configuration.kms_key_id", key, OWN_KEY),
        ("role_arn", unchanged, "the state machine holds only what it uses (requirements, 1.8)"),
        ("tracing_configuration.enabled", stays(True), "requirements, 1.5: X-Ray"),
    ),
    *_rows(
        "aws_iam_role",
        ("permissions_boundary", unchanged, "no policy of the role reaches beyond it"),
        ("max_session_duration", not_more, "how long a lost session works"),
    ),
    *(
        row
        for direction in ("ingress", "egress")
        for row in _rows(
            f"aws_vpc_security_group_{direction}_rule",
            *((name, unchanged, "who reaches whom on which port") for name in ENDS),
        )
    ),
    *_rows(
        "aws_vpc_endpoint",
        ("security_group_ids", unchanged, "who reaches the endpoint"),
        ("vpc_endpoint_type", unchanged, "who reaches the endpoint"),
        ("private_dns_enabled", stays(False), "names of other APIs in the VPC stay what they are"),
    ),
)
# Resources that are nothing but a protection: destroying one weakens what stays.
GUARDS: Final = frozenset(
    {
        *("aws_s3_bucket_public_access_block", "aws_s3_account_public_access_block", "aws_s3_bucket_versioning"),
        *("aws_s3_bucket_server_side_encryption_configuration", "aws_s3_bucket_ownership_controls"),
        *("aws_s3_bucket_policy", "aws_s3_bucket_logging", "aws_sqs_queue_policy", "aws_sns_topic_policy"),
        *("aws_secretsmanager_secret_policy", "aws_kms_key_policy", "aws_api_gateway_rest_api_policy"),
        *("aws_sqs_queue_redrive_allow_policy", "aws_sqs_queue_redrive_policy", "aws_cloudwatch_metric_alarm"),
        *("aws_sns_topic_subscription", "aws_cloudwatch_event_target", "aws_cloudwatch_event_rule", "aws_kms_alias"),
        *("aws_api_gateway_method_settings", "aws_api_gateway_request_validator"),
    }
)
