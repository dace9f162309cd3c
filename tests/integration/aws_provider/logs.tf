resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${var.suffix}"
  retention_in_days = var.revision == 1 ? 30 : 90
  kms_key_id        = aws_kms_key.logs.arn
  tags              = { Revision = tostring(var.revision) }
}

resource "aws_cloudwatch_log_group" "unlimited" {
  name_prefix = "${var.suffix}-"
}

resource "aws_cloudwatch_log_metric_filter" "role_assumed" {
  name           = "role-assumed-${var.suffix}"
  log_group_name = aws_cloudwatch_log_group.function.name
  pattern        = "{ $.eventName = \"AssumeRole\" }"
  metric_transformation {
    name          = "RoleAssumed"
    namespace     = "TOQ/${var.revision}"
    value         = "1"
    default_value = "0"
  }
}

resource "aws_cloudwatch_log_resource_policy" "delivery" {
  policy_name = "delivery-${var.suffix}"
  policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "delivery.logs.amazonaws.com" }
      Action    = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource  = var.revision == 1 ? "*" : "${aws_cloudwatch_log_group.function.arn}:*"
    }]
  })
}

resource "aws_kms_key" "logs" {}
