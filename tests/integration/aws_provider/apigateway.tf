resource "aws_iam_role" "logs" {
  name = "api-logs-${var.suffix}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "apigateway.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_cloudwatch_log_group" "access" {
  name = "/aws/api-gateway/${var.suffix}"
}

data "aws_vpc" "default" {
  default = true
}

resource "aws_vpc_endpoint" "api" {
  vpc_id            = data.aws_vpc.default.id
  service_name      = "com.amazonaws.us-east-1.execute-api"
  vpc_endpoint_type = "Interface"
}

resource "aws_api_gateway_account" "region" {
  cloudwatch_role_arn = aws_iam_role.logs.arn
}

resource "aws_api_gateway_rest_api" "callback" {
  name        = "callback-${var.suffix}"
  description = "revision ${var.revision}"
  endpoint_configuration {
    types            = ["PRIVATE"]
    vpc_endpoint_ids = [aws_vpc_endpoint.api.id]
  }
  tags = { Revision = tostring(var.revision) }
}

resource "aws_api_gateway_rest_api_policy" "callback" {
  rest_api_id = aws_api_gateway_rest_api.callback.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "execute-api:Invoke"
      Resource  = "execute-api:/${var.revision}/*"
      Condition = { StringEquals = { "aws:SourceVpce" = aws_vpc_endpoint.api.id } }
    }]
  })
}

resource "aws_api_gateway_resource" "processing" {
  rest_api_id = aws_api_gateway_rest_api.callback.id
  parent_id   = aws_api_gateway_rest_api.callback.root_resource_id
  path_part   = "media-processing"
}

resource "aws_api_gateway_resource" "callback" {
  rest_api_id = aws_api_gateway_rest_api.callback.id
  parent_id   = aws_api_gateway_resource.processing.id
  path_part   = "callback"
}

resource "aws_api_gateway_request_validator" "body" {
  rest_api_id           = aws_api_gateway_rest_api.callback.id
  name                  = "body"
  validate_request_body = var.revision == 2
}

resource "aws_api_gateway_model" "callback" {
  rest_api_id  = aws_api_gateway_rest_api.callback.id
  name         = "Callback"
  content_type = "application/json"
  schema = jsonencode({
    "$schema" = "http://json-schema.org/draft-04/schema#"
    type      = "object"
    required  = var.revision == 1 ? ["batchId"] : ["batchId", "listingId"]
  })
}

resource "aws_api_gateway_method" "callback" {
  rest_api_id          = aws_api_gateway_rest_api.callback.id
  resource_id          = aws_api_gateway_resource.callback.id
  http_method          = "POST"
  authorization        = var.revision == 1 ? "NONE" : "AWS_IAM"
  request_validator_id = aws_api_gateway_request_validator.body.id
  request_models       = { "application/json" = aws_api_gateway_model.callback.name }
  request_parameters   = var.revision == 1 ? { "method.request.header.Traceparent" = false } : { "method.request.header.Traceparent" = true }
}

resource "aws_api_gateway_integration" "callback" {
  rest_api_id          = aws_api_gateway_rest_api.callback.id
  resource_id          = aws_api_gateway_resource.callback.id
  http_method          = aws_api_gateway_method.callback.http_method
  type                 = "MOCK"
  request_templates    = { "application/json" = jsonencode({ statusCode = 200 + var.revision }) }
  timeout_milliseconds = 10000
}

resource "aws_api_gateway_deployment" "callback" {
  rest_api_id = aws_api_gateway_rest_api.callback.id
  triggers    = { revision = tostring(var.revision) }
  depends_on  = [aws_api_gateway_integration.callback]
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "callback" {
  rest_api_id          = aws_api_gateway_rest_api.callback.id
  deployment_id        = aws_api_gateway_deployment.callback.id
  stage_name           = "v1"
  description          = "revision ${var.revision}"
  xray_tracing_enabled = true
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format          = jsonencode({ requestId = "$context.requestId", revision = tostring(var.revision) })
  }
  tags = { Revision = tostring(var.revision) }
}

resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.callback.id
  stage_name  = aws_api_gateway_stage.callback.stage_name
  method_path = "*/*"
  settings {
    metrics_enabled        = true
    logging_level          = var.revision == 1 ? "ERROR" : "INFO"
    throttling_burst_limit = 10 * var.revision
    throttling_rate_limit  = 2.5 * var.revision
  }
}

resource "aws_api_gateway_vpc_link" "backend" {
  name        = "backend-${var.suffix}"
  description = "revision ${var.revision}"
  target_arns = ["arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/backend/0123456789abcdef"]
}
