"""AWS Elemental MediaConvert: queues. LocalStack serves them with this project's plugin only."""

from typing import Any

from toq_aws_provider.aws_calls import given
from toq_aws_provider.resource import Resource, Tagging
from toq_aws_provider.values import Object


class Queue(Resource):
    type = "aws_media_convert_queue"
    service = "mediaconvert"
    unsupported_attributes = ("reservation_plan_settings",)
    not_found_codes = ("NotFoundException",)
    tagging = Tagging("Arn", "arn")

    def create(self, planned: Object) -> str:
        name: str = self.api.create_queue(
            Name=planned["name"],
            PricingPlan=planned["pricing_plan"],
            Tags=planned["tags_all"] or {},
            **self._settings(planned),
        )["Queue"]["Name"]
        return name

    @staticmethod
    def _settings(planned: Object) -> dict[str, Any]:
        jobs = planned["concurrent_jobs"]
        return given(
            Description=planned["description"],
            Status=planned["status"],
            ConcurrentJobs=int(jobs) if jobs else None,
        )

    def read(self, identifier: str, state: Object) -> Object | None:
        queue = self.api.get_queue(Name=identifier)["Queue"]
        tags = self.api.list_tags_for_resource(Arn=queue["Arn"])["ResourceTags"].get("Tags", {})
        return {
            "arn": queue["Arn"],
            "concurrent_jobs": queue.get("ConcurrentJobs"),
            "description": queue.get("Description", ""),
            "name": queue["Name"],
            "pricing_plan": queue.get("PricingPlan", "ON_DEMAND"),
            "status": queue.get("Status", "ACTIVE"),
            "tags_all": tags,
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        if self._settings(old) != self._settings(new):
            self.api.update_queue(Name=identifier, **self._settings(new))

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_queue(Name=identifier)
