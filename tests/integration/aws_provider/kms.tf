resource "aws_kms_key" "media" {
  description             = "media ${var.suffix} ${var.revision}"
  enable_key_rotation     = true
  rotation_period_in_days = var.revision == 1 ? 365 : 180
  deletion_window_in_days = 7
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Account"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::000000000000:root" }
      Action    = ["kms:*", ["kms:*"]][var.revision - 1]
      Resource  = "*"
    }]
  })
  tags = { Revision = tostring(var.revision) }
}

resource "aws_kms_key" "plain" {
  is_enabled = var.revision == 1
}

resource "aws_kms_alias" "media" {
  name          = "alias/media-${var.suffix}"
  target_key_id = var.revision == 1 ? aws_kms_key.media.key_id : aws_kms_key.plain.arn
}

output "alias_target" {
  value = aws_kms_alias.media.target_key_arn
}
