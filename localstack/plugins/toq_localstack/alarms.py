"""CloudWatch as LocalStack has it, with the tags that an alarm is made with."""

from localstack.aws.api import RequestContext, handler
from localstack.aws.api.cloudwatch import PutMetricAlarmInput
from localstack.services.cloudwatch.provider_v2 import CloudwatchProvider
from localstack.utils.aws.arns import cloudwatch_alarm_arn


class TaggedAlarms(CloudwatchProvider):
    """LocalStack 4.14 takes the tags of PutMetricAlarm and answers ListTagsForResource without them."""

    @handler("PutMetricAlarm", expand=False)
    def put_metric_alarm(  # type: ignore[override]  # the handler takes the request as a whole, as LocalStack's does
        self, context: RequestContext, request: PutMetricAlarmInput
    ) -> None:
        """Put the alarm; tags count only for a new one, as in AWS ("PutMetricAlarm", parameter Tags)."""
        arn = cloudwatch_alarm_arn(request["AlarmName"], account_id=context.account_id, region_name=context.region)
        store = self.get_store(context.account_id, context.region)
        is_new = arn not in store.alarms
        super().put_metric_alarm(context, request)
        tags = [{"Key": tag["Key"], "Value": tag["Value"]} for tag in request.get("Tags") or []]
        if is_new and tags:
            store.TAGS.tag_resource(arn, tags)
