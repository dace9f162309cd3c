"""AWS Lambda: functions."""

from pathlib import Path
from typing import Any, ClassVar

from toq_aws_provider.aws_calls import ResourceError, given, optional, wait_until
from toq_aws_provider.resource import Resource, Tagging
from toq_aws_provider.values import Object

NO_FUNCTION = ("ResourceNotFoundException",)
_CODE = ("filename", "source_code_hash")
_CONFIGURATION = (
    "dead_letter_config", "description", "environment", "ephemeral_storage", "handler", "layers",
    "logging_config", "memory_size", "role", "runtime", "timeout", "tracing_config", "vpc_config",
)  # fmt: skip


def archive_content(source: Object) -> bytes:
    """The bytes of the local archive that a function or layer names.

    Raises
    ------
    FileNotFoundError
        When the archive is not there: it has to be built before Terraform runs.
    """
    archive = Path(source["filename"])
    if not archive.is_file():
        raise FileNotFoundError(f"{archive} is not there: build the artifacts first")
    return archive.read_bytes()


class Function(Resource):
    type = "aws_lambda_function"
    service = "lambda"
    optional_computed_blocks = ("ephemeral_storage", "logging_config", "tracing_config")
    recompute: ClassVar = {
        "code_sha256": _CODE,
        "last_modified": (*_CODE, *_CONFIGURATION),
        "source_code_size": _CODE,
    }
    unsupported_attributes = (
        "capacity_provider_config", "code_signing_config_arn", "durable_config", "file_system_config", "image_config",
        "image_uri", "kms_key_arn", "package_type", "publish", "publish_to", "replace_security_groups_on_destroy",
        "replacement_security_group_ids", "s3_bucket", "s3_key", "s3_object_version", "skip_destroy", "snap_start",
        "source_kms_key_arn", "tenancy_config", "vpc_config.ipv6_allowed_for_dual_stack",
    )  # fmt: skip
    not_found_codes = NO_FUNCTION
    tagging = Tagging("Resource", "arn")

    def create(self, planned: Object) -> str:
        arguments = given(
            FunctionName=planned["function_name"],
            Architectures=planned["architectures"],
            Tags=planned["tags_all"] or None,
        )
        code = {"ZipFile": archive_content(planned)}
        self.api.create_function(Code=code, **arguments, **_configuration(planned))
        return str(planned["function_name"])

    def after_create(self, identifier: str, planned: Object) -> None:
        self._settled(identifier)
        if planned["reserved_concurrent_executions"] >= 0:
            self._reserve(identifier, planned["reserved_concurrent_executions"])

    def _settled(self, name: str) -> None:
        """Wait until the function is Active and its last update Successful.

        AWS page: "Lambda function states". Raises ResourceError with Lambda's reason when it fails.
        """

        def settled() -> bool:
            now = self.api.get_function_configuration(FunctionName=name)
            if "Failed" in (now.get("State"), now.get("LastUpdateStatus")):
                reason = now.get("StateReason") or now.get("LastUpdateStatusReason")
                raise ResourceError(f"function {name} failed: {reason}")
            active = now.get("State", "Active") == "Active"
            return bool(active and now.get("LastUpdateStatus", "Successful") == "Successful")

        wait_until(settled, f"function {name} becoming active")

    def _reserve(self, name: str, executions: float) -> None:
        if executions >= 0:
            self.api.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=int(executions))
        else:
            self.api.delete_function_concurrency(FunctionName=name)

    def read(self, identifier: str, state: Object) -> Object | None:
        answer = self.api.get_function(FunctionName=identifier)
        actual = answer["Configuration"]
        arn = actual["FunctionArn"]
        concurrency = answer.get("Concurrency", {}).get("ReservedConcurrentExecutions", -1)
        return {
            **_from_configuration(actual),
            "arn": arn,
            "function_name": identifier,
            "invoke_arn": self._invoke_arn(arn),
            "qualified_arn": f"{arn}:$LATEST",
            "qualified_invoke_arn": self._invoke_arn(f"{arn}:$LATEST"),
            "reserved_concurrent_executions": concurrency,
            # The real provider never reads it from AWS either: a drift of the code shows in code_sha256.
            "source_code_hash": state["source_code_hash"] or actual["CodeSha256"],
            "tags_all": answer.get("Tags", {}),
            "version": "$LATEST",
        }

    def _invoke_arn(self, arn: str) -> str:
        return f"arn:aws:apigateway:{self.aws.region}:lambda:path/2015-03-31/functions/{arn}/invocations"

    def update(self, identifier: str, old: Object, new: Object) -> None:
        if any(old[name] != new[name] for name in _CONFIGURATION):
            self.api.update_function_configuration(FunctionName=identifier, **_configuration(new, clearing=True))
            self._settled(identifier)
        if any(old[name] != new[name] for name in (*_CODE, "architectures")):
            self.api.update_function_code(
                FunctionName=identifier,
                ZipFile=archive_content(new),
                **given(Architectures=new["architectures"]),
            )
            self._settled(identifier)
        if old["reserved_concurrent_executions"] != new["reserved_concurrent_executions"]:
            self._reserve(identifier, new["reserved_concurrent_executions"])

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_function(FunctionName=identifier)
        wait_until(
            lambda: optional(self.api.get_function, *NO_FUNCTION, FunctionName=identifier) is None,
            f"function {identifier} going away",
        )

    def import_state(self, identifier: str) -> Object:
        return {"id": identifier, "function_name": identifier}


def _first(blocks: list[Object]) -> Object:
    return blocks[0] or {} if blocks else {}


def _configuration(planned: Object, *, clearing: bool = False) -> dict[str, Any]:
    """Arguments that create and update share; `clearing` says also what is to be taken away."""
    network, storage, log = (_first(planned[name]) for name in ("vpc_config", "ephemeral_storage", "logging_config"))
    dead_letter, tracing = (_first(planned[name]) for name in ("dead_letter_config", "tracing_config"))
    variables = _first(planned["environment"]).get("variables") or {}
    empty: dict[str, Any] = {
        "Description": "", "Environment": {"Variables": {}}, "Layers": [],
        "DeadLetterConfig": {"TargetArn": ""}, "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
        "TracingConfig": {"Mode": "PassThrough"},
    }  # fmt: skip
    wanted = given(
        Role=planned["role"],
        Handler=planned["handler"],
        Runtime=planned["runtime"],
        Description=planned["description"],
        MemorySize=int(planned["memory_size"]),
        Timeout=int(planned["timeout"]),
        Layers=planned["layers"],
        Environment={"Variables": variables} if variables else None,
        EphemeralStorage={"Size": int(storage["size"])} if storage.get("size") else None,
        DeadLetterConfig={"TargetArn": dead_letter["target_arn"]} if dead_letter else None,
        TracingConfig={"Mode": tracing["mode"]} if tracing else None,
        VpcConfig={"SubnetIds": network["subnet_ids"], "SecurityGroupIds": network["security_group_ids"]}
        if network
        else None,
        LoggingConfig=given(
            LogFormat=log["log_format"],
            LogGroup=log["log_group"],
            ApplicationLogLevel=log["application_log_level"] or None,
            SystemLogLevel=log["system_log_level"] or None,
        )
        if log
        else None,
    )
    return {**empty, **wanted} if clearing else wanted


def _from_configuration(actual: dict[str, Any]) -> Object:
    network, log = actual.get("VpcConfig") or {}, actual.get("LoggingConfig") or {}
    variables = actual.get("Environment", {}).get("Variables")
    dead_letter = actual.get("DeadLetterConfig", {}).get("TargetArn")
    return {
        "architectures": actual.get("Architectures"),
        "code_sha256": actual["CodeSha256"],
        "dead_letter_config": [{"target_arn": dead_letter}] if dead_letter else [],
        "description": actual.get("Description", ""),
        "environment": [{"variables": variables}] if variables else [],
        "ephemeral_storage": [{"size": actual.get("EphemeralStorage", {}).get("Size", 512)}],
        "handler": actual.get("Handler"),
        "last_modified": actual["LastModified"],
        "layers": [layer["Arn"] for layer in actual.get("Layers", [])],
        "logging_config": [
            {
                "log_format": log.get("LogFormat", "Text"),
                "log_group": log.get("LogGroup"),
                "application_log_level": log.get("ApplicationLogLevel"),
                "system_log_level": log.get("SystemLogLevel"),
            }
        ],
        "memory_size": actual["MemorySize"],
        "role": actual["Role"],
        "runtime": actual.get("Runtime"),
        "source_code_size": actual["CodeSize"],
        "timeout": actual["Timeout"],
        "tracing_config": [{"mode": actual.get("TracingConfig", {}).get("Mode", "PassThrough")}],
        "vpc_config": [
            {
                "subnet_ids": network["SubnetIds"],
                "security_group_ids": network["SecurityGroupIds"],
                "vpc_id": network.get("VpcId"),
            }
        ]
        if network.get("SubnetIds")
        else [],
    }
