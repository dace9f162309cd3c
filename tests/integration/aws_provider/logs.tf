resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${var.suffix}"
  retention_in_days = var.revision == 1 ? 30 : 90
  kms_key_id        = aws_kms_key.logs.arn
  tags              = { Revision = tostring(var.revision) }
}

resource "aws_cloudwatch_log_group" "unlimited" {
  name_prefix = "${var.suffix}-"
}

resource "aws_kms_key" "logs" {}
