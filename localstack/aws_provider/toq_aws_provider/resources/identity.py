"""Data sources that say where Terraform is: account, region, partition."""

from toq_aws_provider.resource import DataSource
from toq_aws_provider.values import Object


class CallerIdentity(DataSource):
    type = "aws_caller_identity"

    def read(self, config: Object) -> Object:
        caller = self.aws.client("sts").get_caller_identity()
        return {
            "id": caller["Account"],
            "account_id": caller["Account"],
            "arn": caller["Arn"],
            "user_id": caller["UserId"],
        }


class Region(DataSource):
    type = "aws_region"

    def read(self, config: Object) -> Object:
        region = config.get("region") or config.get("name") or self.aws.region
        # The descriptions stand in a list that only AWS's endpoints file has; nothing of ours shows them.
        return {
            "id": region,
            "name": region,
            "region": region,
            "endpoint": f"ec2.{region}.amazonaws.com",
            "description": region,
        }


class Partition(DataSource):
    type = "aws_partition"

    def read(self, config: Object) -> Object:
        return {
            "id": "aws",
            "partition": "aws",
            "dns_suffix": "amazonaws.com",
            "reverse_dns_prefix": "com.amazonaws",
        }
