resource "aws_sqs_queue" "dead" {
  name                      = "dead-${var.suffix}"
  message_retention_seconds = 1209600
  kms_master_key_id         = "alias/aws/sqs"
}

resource "aws_sqs_queue" "work" {
  name                       = "work-${var.suffix}"
  visibility_timeout_seconds = 60 * var.revision
  redrive_policy = jsonencode({
    maxReceiveCount     = 4 + var.revision
    deadLetterTargetArn = aws_sqs_queue.dead.arn
  })
  tags = { Revision = tostring(var.revision) }
}

resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  queue_url = aws_sqs_queue.dead.id
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.work.arn]
  })
}

resource "aws_sqs_queue_policy" "work" {
  queue_url = aws_sqs_queue.work.url
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Send"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = ["sqs:SendMessage", ["sqs:SendMessage", "sqs:GetQueueUrl"]][var.revision - 1]
      Resource  = aws_sqs_queue.work.arn
    }]
  })
}
