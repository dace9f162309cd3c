resource "aws_kms_key" "alerts" {}

resource "aws_sns_topic" "alerts" {
  name              = "alerts-${var.suffix}"
  display_name      = "revision ${var.revision}"
  kms_master_key_id = aws_kms_key.alerts.arn
  tags              = { Revision = tostring(var.revision) }
}

resource "aws_sns_topic_policy" "alerts" {
  arn = aws_sns_topic.alerts.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Publish"
      Effect    = "Allow"
      Principal = { Service = var.revision == 1 ? ["cloudwatch.amazonaws.com"] : ["cloudwatch.amazonaws.com", "events.amazonaws.com"] }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.alerts.arn
    }]
  })
}

resource "aws_sqs_queue" "alerts" {
  name = "alerts-${var.suffix}"
}

resource "aws_sns_topic_subscription" "queue" {
  topic_arn            = aws_sns_topic.alerts.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.alerts.arn
  raw_message_delivery = true
  filter_policy        = jsonencode({ severity = ["high", "revision-${var.revision}"] })
}

resource "aws_sns_topic_subscription" "mail" {
  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "email"
  endpoint  = "operators@toq.example"
}
