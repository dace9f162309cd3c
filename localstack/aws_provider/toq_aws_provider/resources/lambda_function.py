"""AWS Lambda: functions."""

from pathlib import Path
from typing import Any, ClassVar

from toq_aws_provider.aws_calls import ResourceError, given, optional, wait_until
from toq_aws_provider.resource import Resource, Tagging
from toq_aws_provider.values import UNKNOWN, Object

NO_FUNCTION = ("ResourceNotFoundException",)
_CODE = ("filename", "image_uri", "s3_bucket", "s3_key", "s3_object_version", "source_code_hash")
_CONFIGURATION = (
    "dead_letter_config", "description", "environment", "ephemeral_storage", "file_system_config", "handler",
    "kms_key_arn", "layers", "logging_config", "memory_size", "role", "runtime", "snap_start",
    "timeout", "tracing_config", "vpc_config",
)  # fmt: skip


def code_argument(source: Object) -> dict[str, Any]:
    """Where Lambda finds the code: the bytes of a local archive, an S3 object or an image.

    Raises
    ------
    FileNotFoundError
        When the archive is not there: it has to be built before Terraform runs.
    """
    if source.get("filename"):
        archive = Path(source["filename"])
        if not archive.is_file():
            raise FileNotFoundError(f"{archive} is not there: build the artifacts first")
        return {"ZipFile": archive.read_bytes()}
    if source.get("image_uri"):
        return {"ImageUri": source["image_uri"]}
    return given(
        S3Bucket=source["s3_bucket"], S3Key=source["s3_key"], S3ObjectVersion=source["s3_object_version"] or None
    )


class Function(Resource):
    type = "aws_lambda_function"
    service = "lambda"
    requires_replace = ("function_name", "package_type")
    defaults: ClassVar = {
        "memory_size": 128,
        "package_type": "Zip",
        "publish": False,
        "reserved_concurrent_executions": -1,
        "skip_destroy": False,
        "timeout": 3,
    }
    optional_computed_blocks = ("ephemeral_storage", "logging_config", "tracing_config")
    recompute: ClassVar = {
        "code_sha256": _CODE,
        "last_modified": (*_CODE, *_CONFIGURATION),
        "source_code_size": _CODE,
    }
    unsupported_attributes = (
        "capacity_provider_config", "durable_config", "image_config", "publish_to",
        "replace_security_groups_on_destroy", "replacement_security_group_ids", "source_kms_key_arn",
        "tenancy_config", "vpc_config.ipv6_allowed_for_dual_stack",
    )  # fmt: skip
    not_found_codes = NO_FUNCTION
    tagging = Tagging("Resource", "arn")

    def modify_plan(self, prior: Object | None, planned: Object) -> None:
        """A publishing function gets a new version, and ARNs of it, with every change."""
        if prior and planned["publish"] and _is_changed(prior, planned):
            planned.update(dict.fromkeys(("version", "qualified_arn", "qualified_invoke_arn"), UNKNOWN))

    def create(self, planned: Object) -> str:
        arguments = given(
            FunctionName=planned["function_name"],
            PackageType=planned["package_type"],
            Architectures=planned["architectures"],
            CodeSigningConfigArn=planned["code_signing_config_arn"],
            Publish=planned["publish"],
            Tags=planned["tags_all"] or None,
        )
        self.api.create_function(Code=code_argument(planned), **arguments, **_configuration(planned))
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
        version = self._latest_version(identifier) if state["publish"] else "$LATEST"
        concurrency = answer.get("Concurrency", {}).get("ReservedConcurrentExecutions", -1)
        return {
            **_from_configuration(actual),
            "kms_key_arn": actual.get("KMSKeyArn") or state["kms_key_arn"],  # LocalStack does not keep it
            "arn": arn,
            "function_name": identifier,
            "invoke_arn": self._invoke_arn(arn),
            "qualified_arn": f"{arn}:{version}",
            "qualified_invoke_arn": self._invoke_arn(f"{arn}:{version}"),
            "reserved_concurrent_executions": concurrency,
            # The real provider never reads it from AWS either: a drift of the code shows in code_sha256.
            "source_code_hash": state["source_code_hash"] or actual["CodeSha256"],
            "tags_all": answer.get("Tags", {}),
            "version": version,
        }

    def _invoke_arn(self, arn: str) -> str:
        return f"arn:aws:apigateway:{self.aws.region}:lambda:path/2015-03-31/functions/{arn}/invocations"

    def _latest_version(self, name: str) -> str:
        pages = self.api.get_paginator("list_versions_by_function").paginate(FunctionName=name)
        numbers = [version["Version"] for page in pages for version in page["Versions"]]
        return str(numbers[-1])

    def update(self, identifier: str, old: Object, new: Object) -> None:
        if any(old[name] != new[name] for name in _CONFIGURATION):
            self.api.update_function_configuration(FunctionName=identifier, **_configuration(new, clearing=True))
            self._settled(identifier)
        if any(old[name] != new[name] for name in (*_CODE, "architectures")):
            self.api.update_function_code(
                FunctionName=identifier, **code_argument(new), **given(Architectures=new["architectures"])
            )
            self._settled(identifier)
        if old["reserved_concurrent_executions"] != new["reserved_concurrent_executions"]:
            self._reserve(identifier, new["reserved_concurrent_executions"])
        if new["publish"] and _is_changed(old, new):
            self.api.publish_version(FunctionName=identifier)

    def delete(self, identifier: str, state: Object) -> None:
        if not state["skip_destroy"]:
            self.api.delete_function(FunctionName=identifier)
            wait_until(
                lambda: optional(self.api.get_function, *NO_FUNCTION, FunctionName=identifier) is None,
                f"function {identifier} going away",
            )

    def import_state(self, identifier: str) -> Object:
        return {"id": identifier, "function_name": identifier, "publish": False}


def _is_changed(old: Object, new: Object) -> bool:
    """Whether anything differs that a published version contains."""
    return any(old[name] != new[name] for name in (*_CODE, *_CONFIGURATION, "architectures"))


def _first(blocks: list[Object]) -> Object:
    return blocks[0] or {} if blocks else {}


def _configuration(planned: Object, *, clearing: bool = False) -> dict[str, Any]:
    """Arguments that create and update share; `clearing` says also what is to be taken away."""
    network, storage, log = (_first(planned[name]) for name in ("vpc_config", "ephemeral_storage", "logging_config"))
    dead_letter, tracing, snap = (
        _first(planned[name]) for name in ("dead_letter_config", "tracing_config", "snap_start")
    )
    variables = _first(planned["environment"]).get("variables") or {}
    empty: dict[str, Any] = {
        "Description": "", "Environment": {"Variables": {}}, "KMSKeyArn": "", "Layers": [],
        "DeadLetterConfig": {"TargetArn": ""}, "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
        "TracingConfig": {"Mode": "PassThrough"},
    }  # fmt: skip
    is_zip = planned["package_type"] == "Zip"
    wanted = given(
        Role=planned["role"],
        Handler=planned["handler"] if is_zip else None,
        Runtime=planned["runtime"] if is_zip else None,
        Description=planned["description"],
        MemorySize=int(planned["memory_size"]),
        Timeout=int(planned["timeout"]),
        KMSKeyArn=planned["kms_key_arn"] or None,
        Layers=planned["layers"],
        Environment={"Variables": variables} if variables else None,
        EphemeralStorage={"Size": int(storage["size"])} if storage.get("size") else None,
        DeadLetterConfig={"TargetArn": dead_letter["target_arn"]} if dead_letter else None,
        TracingConfig={"Mode": tracing["mode"]} if tracing else None,
        SnapStart={"ApplyOn": snap["apply_on"]} if snap else None,
        FileSystemConfigs=[
            {"Arn": block["arn"], "LocalMountPath": block["local_mount_path"]}
            for block in planned["file_system_config"]
        ]
        or None,
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
    snap = actual.get("SnapStart") or {}
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
        "package_type": actual.get("PackageType", "Zip"),
        "role": actual["Role"],
        "runtime": actual.get("Runtime"),
        "snap_start": [{"apply_on": snap["ApplyOn"], "optimization_status": snap.get("OptimizationStatus")}]
        if snap.get("ApplyOn") not in (None, "None")
        else [],
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
