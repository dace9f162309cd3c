locals {
  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = var.revision == 1 ? "lambda.amazonaws.com" : "states.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role" "service" {
  name                 = "service-${var.suffix}"
  description          = "revision ${var.revision}"
  assume_role_policy   = local.trust
  max_session_duration = 3600 * var.revision
  tags                 = { Revision = tostring(var.revision) }
}

resource "aws_iam_role" "prefixed" {
  name_prefix        = "prefixed-"
  path               = "/toq/"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "queue" {
  name = "queue"
  role = aws_iam_role.service.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = [["sqs:SendMessage"], ["sqs:SendMessage", "sqs:ReceiveMessage"]][var.revision - 1]
      Resource = "*"
    }]
  })
}

resource "aws_iam_policy" "project_media" {
  name = "project-media-${var.suffix}"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:PutObject"
      Resource = "arn:aws:s3:::media/*/raw/project/${var.revision}/*"
    }]
  })
  tags = { Revision = tostring(var.revision) }
}

resource "aws_iam_role_policy_attachment" "project_media" {
  role       = aws_iam_role.service.name
  policy_arn = aws_iam_policy.project_media.arn
}
