locals {
  archive = "${path.module}/function-${var.revision}.zip"
  account = "000000000000"
}

resource "aws_iam_role" "function" {
  name = "function-${var.suffix}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_sqs_queue" "work" {
  name                       = "work-${var.suffix}"
  visibility_timeout_seconds = 90
}

resource "aws_sqs_queue" "failed" {
  name = "failed-${var.suffix}"
}

resource "aws_cloudwatch_log_group" "function" {
  name = "/aws/lambda/validate-${var.suffix}"
}

resource "aws_lambda_layer_version" "libraries" {
  layer_name               = "libraries-${var.suffix}"
  filename                 = local.archive
  source_code_hash         = filebase64sha256(local.archive)
  compatible_runtimes      = ["python3.12"]
  compatible_architectures = ["x86_64"]
}

resource "aws_lambda_function" "validate" {
  function_name                  = "validate-${var.suffix}"
  role                           = aws_iam_role.function.arn
  filename                       = local.archive
  source_code_hash               = filebase64sha256(local.archive)
  handler                        = "handler.handler"
  runtime                        = "python3.12"
  architectures                  = ["x86_64"]
  memory_size                    = 256 * var.revision
  timeout                        = 30
  description                    = "revision ${var.revision}"
  layers                         = [aws_lambda_layer_version.libraries.arn]
  reserved_concurrent_executions = var.revision
  environment {
    variables = {
      ENV      = "test"
      REVISION = tostring(var.revision)
    }
  }
  ephemeral_storage {
    size = 1024
  }
  dead_letter_config {
    target_arn = aws_sqs_queue.failed.arn
  }
  tracing_config {
    mode = "Active"
  }
  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.function.name
  }
  tags = { Revision = tostring(var.revision) }
}

resource "aws_lambda_function" "plain" {
  function_name = "plain-${var.suffix}"
  role          = aws_iam_role.function.arn
  filename      = "${path.module}/function-1.zip"
  handler       = "handler.handler"
  runtime       = "python3.12"
}

resource "aws_lambda_permission" "events" {
  count         = 3
  statement_id  = "AllowEvents${count.index}"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.validate.function_name
  principal     = "events.amazonaws.com"
  source_arn    = "arn:aws:events:us-east-1:${local.account}:rule/r${count.index}"
}

resource "aws_lambda_permission" "account" {
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.validate.arn
  principal      = "s3.amazonaws.com"
  source_account = local.account
}

resource "aws_lambda_event_source_mapping" "work" {
  event_source_arn                   = aws_sqs_queue.work.arn
  function_name                      = aws_lambda_function.validate.arn
  batch_size                         = 5 * var.revision
  maximum_batching_window_in_seconds = 1
  function_response_types            = ["ReportBatchItemFailures"]
  tags                               = { Revision = tostring(var.revision) }
  scaling_config {
    maximum_concurrency = 2 * var.revision
  }
}

output "invoke_arn" {
  value = aws_lambda_function.validate.invoke_arn
}
