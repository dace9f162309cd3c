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

resource "aws_cloudwatch_metric_alarm" "ratio" {
  alarm_name          = "ratio-${var.suffix}"
  evaluation_periods  = 2
  datapoints_to_alarm = 1
  threshold           = 10
  comparison_operator = "GreaterThanOrEqualToThreshold"

  metric_query {
    id          = "ratio"
    expression  = "100 * errors / invocations"
    label       = "Errors in percent ${var.revision}"
    return_data = true
  }
  metric_query {
    id = "errors"
    metric {
      namespace   = "AWS/Lambda"
      metric_name = "Errors"
      dimensions  = { FunctionName = "callback" }
      period      = 300
      stat        = "Sum"
    }
  }
  metric_query {
    id = "invocations"
    metric {
      namespace   = "AWS/Lambda"
      metric_name = "Invocations"
      dimensions  = { FunctionName = "callback" }
      period      = 300
      stat        = "Sum"
    }
  }
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
