resource "aws_sqs_queue" "events" {
  name = "events-${var.suffix}"
}

resource "aws_cloudwatch_event_rule" "status" {
  name        = "status-${var.suffix}"
  description = "revision ${var.revision}"
  event_pattern = jsonencode({
    source      = ["aws.mediaconvert"]
    detail-type = ["MediaConvert Job State Change"]
    detail      = { status = var.revision == 1 ? ["COMPLETE", "ERROR"] : ["ERROR"] }
  })
  tags = { Revision = tostring(var.revision) }
}

resource "aws_cloudwatch_event_rule" "nightly" {
  name_prefix         = "${var.suffix}-"
  schedule_expression = "rate(${var.revision + 1} days)"
  state               = "DISABLED"
}

resource "aws_cloudwatch_event_target" "queue" {
  rule      = aws_cloudwatch_event_rule.status.name
  target_id = "queue"
  arn       = aws_sqs_queue.events.arn
  input_transformer {
    input_paths = {
      job    = "$.detail.jobId"
      status = "$.detail.status"
    }
    input_template = "\"Job <job> is <status>, revision ${var.revision}\""
  }
  retry_policy {
    maximum_event_age_in_seconds = 3600 * var.revision
  }
  dead_letter_config {
    arn = aws_sqs_queue.events.arn
  }
}

resource "aws_cloudwatch_event_target" "named_by_provider" {
  rule  = aws_cloudwatch_event_rule.nightly.name
  arn   = aws_sqs_queue.events.arn
  input = jsonencode({ revision = var.revision })
}
