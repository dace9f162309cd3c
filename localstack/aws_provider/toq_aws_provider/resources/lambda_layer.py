"""AWS Lambda: layers."""

from toq_aws_provider.aws_calls import given
from toq_aws_provider.resource import Resource
from toq_aws_provider.resources.lambda_function import NO_FUNCTION, archive_content
from toq_aws_provider.values import Object


class LayerVersion(Resource):
    """A version is never changed: every new content is a new version, and the old one goes."""

    type = "aws_lambda_layer_version"
    service = "lambda"
    unsupported_attributes = ("s3_bucket", "s3_key", "s3_object_version", "skip_destroy")
    not_found_codes = NO_FUNCTION

    def create(self, planned: Object) -> str:
        arn: str = self.api.publish_layer_version(
            LayerName=planned["layer_name"],
            Content={"ZipFile": archive_content(planned)},
            **given(
                Description=planned["description"],
                LicenseInfo=planned["license_info"],
                CompatibleRuntimes=planned["compatible_runtimes"],
                CompatibleArchitectures=planned["compatible_architectures"],
            ),
        )["LayerVersionArn"]
        return arn

    def read(self, identifier: str, state: Object) -> Object | None:
        layer = self.api.get_layer_version_by_arn(Arn=identifier)
        name = layer["LayerArn"].rpartition(":")[2]
        return {
            "arn": identifier,
            "code_sha256": layer["Content"]["CodeSha256"],
            "compatible_architectures": layer.get("CompatibleArchitectures", []),
            "compatible_runtimes": layer.get("CompatibleRuntimes", []),
            "created_date": layer["CreatedDate"],
            "description": layer.get("Description", ""),
            "layer_arn": layer["LayerArn"],
            "layer_name": state["layer_name"] or name,
            "license_info": layer.get("LicenseInfo", ""),
            "source_code_hash": state["source_code_hash"] or layer["Content"]["CodeSha256"],
            "source_code_size": layer["Content"]["CodeSize"],
            "version": str(layer["Version"]),
        }

    def delete(self, identifier: str, state: Object) -> None:
        layer, _, version = identifier.rpartition(":")
        self.api.delete_layer_version(LayerName=layer, VersionNumber=int(version))
