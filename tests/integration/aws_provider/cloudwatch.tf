resource "aws_sns_topic" "alerts" {
  name = "alerts-${var.suffix}"
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "errors-${var.suffix}"
  alarm_description   = "revision ${var.revision}"
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = "callback" }
  statistic           = "Sum"
  period              = 60 * var.revision
  evaluation_periods  = 1
  threshold           = 0.5
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = var.revision == 1 ? [aws_sns_topic.alerts.arn] : []
  tags                = { Revision = tostring(var.revision) }
}

resource "aws_cloudwatch_dashboard" "pipeline" {
  dashboard_name = "pipeline-${var.suffix}"
  dashboard_body = jsonencode({
    widgets = [{
      type       = "text"
      x          = 0
      y          = 0
      width      = 6
      height     = 3
      properties = { markdown = "revision ${var.revision}" }
    }]
  })
}
