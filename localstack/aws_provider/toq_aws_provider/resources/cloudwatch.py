"""Amazon CloudWatch: alarms and dashboards."""

from typing import ClassVar

from toq_aws_provider.aws_calls import tag_list, tag_map
from toq_aws_provider.resource import Resource, Tagging
from toq_aws_provider.values import Object


class Dashboard(Resource):
    type = "aws_cloudwatch_dashboard"
    service = "cloudwatch"
    json_documents = ("dashboard_body",)
    not_found_codes = (
        "DashboardNotFoundError",
        "InvalidParameterValue",
        "ResourceNotFound",
    )  # the second is LocalStack's

    def create(self, planned: Object) -> str:
        self.api.put_dashboard(DashboardName=planned["dashboard_name"], DashboardBody=planned["dashboard_body"])
        return str(planned["dashboard_name"])

    def read(self, identifier: str, state: Object) -> Object | None:
        dashboard = self.api.get_dashboard(DashboardName=identifier)
        return {
            "dashboard_arn": dashboard.get("DashboardArn")
            or self.aws.arn("cloudwatch", f"dashboard/{identifier}", region=""),
            "dashboard_body": dashboard["DashboardBody"],
            "dashboard_name": identifier,
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        self.create(new)

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_dashboards(DashboardNames=[identifier])


# Terraform attribute -> argument of PutMetricAlarm, which DescribeAlarms answers under the same name.
_ALARM: dict[str, str] = {
    "actions_enabled": "ActionsEnabled",
    "alarm_actions": "AlarmActions",
    "alarm_description": "AlarmDescription",
    "alarm_name": "AlarmName",
    "comparison_operator": "ComparisonOperator",
    "datapoints_to_alarm": "DatapointsToAlarm",
    "evaluate_low_sample_count_percentiles": "EvaluateLowSampleCountPercentile",
    "evaluation_periods": "EvaluationPeriods",
    "extended_statistic": "ExtendedStatistic",
    "insufficient_data_actions": "InsufficientDataActions",
    "metric_name": "MetricName",
    "namespace": "Namespace",
    "ok_actions": "OKActions",
    "period": "Period",
    "statistic": "Statistic",
    "threshold": "Threshold",
    "treat_missing_data": "TreatMissingData",
    "unit": "Unit",
}
_WHOLE_NUMBERS = ("datapoints_to_alarm", "evaluation_periods", "period")


class MetricAlarm(Resource):
    type = "aws_cloudwatch_metric_alarm"
    service = "cloudwatch"
    settles: ClassVar = {"datapoints_to_alarm": 0}
    unsupported_attributes = ("metric_query", "threshold_metric_id")  # LocalStack never evaluates them
    not_found_codes = ("ResourceNotFound",)
    tagging = Tagging("ResourceARN", "arn", items=("Key", "Value"))

    def create(self, planned: Object) -> str:
        self._put(planned)
        return str(planned["alarm_name"])

    def after_create(self, identifier: str, planned: Object) -> None:
        if planned["tags_all"]:  # LocalStack ignores the tags of PutMetricAlarm
            arn = self.aws.arn("cloudwatch", f"alarm:{identifier}")
            self.update_tags(identifier, {"arn": arn}, planned["tags_all"], [])

    def _put(self, planned: Object) -> None:
        arguments = {
            argument: int(planned[name]) if name in _WHOLE_NUMBERS else planned[name]
            for name, argument in _ALARM.items()
            if planned[name] not in (None, "") and (name, planned[name]) != ("datapoints_to_alarm", 0)
        }
        if planned["dimensions"]:
            arguments["Dimensions"] = tag_list(planned["dimensions"], "Name", "Value")
        self.api.put_metric_alarm(**arguments)

    def read(self, identifier: str, state: Object) -> Object | None:
        alarms = self.api.describe_alarms(AlarmNames=[identifier], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
        if not alarms:
            return None
        alarm = alarms[0]
        return {
            **{name: alarm.get(argument) for name, argument in _ALARM.items()},
            "arn": alarm["AlarmArn"],
            "dimensions": tag_map(alarm.get("Dimensions"), "Name", "Value"),
            "treat_missing_data": alarm.get("TreatMissingData") or "missing",
            "tags_all": tag_map(self.api.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]),
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        names = (*_ALARM, "dimensions")
        if any(old[name] != new[name] for name in names):
            self._put(new)

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_alarms(AlarmNames=[identifier])
