resource "aws_secretsmanager_secret" "callback" {
  name                    = "toq/${var.suffix}/callback"
  description             = "revision ${var.revision}"
  kms_key_id              = aws_kms_key.media.arn
  recovery_window_in_days = 0
  tags                    = { Revision = tostring(var.revision) }
}

resource "aws_secretsmanager_secret_policy" "callback" {
  secret_arn = aws_secretsmanager_secret.callback.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Principal = "*"
      Action    = ["secretsmanager:DeleteSecret", ["secretsmanager:DeleteSecret", "secretsmanager:PutSecretValue"]][var.revision - 1]
      Resource  = "*"
      Condition = { Bool = { "aws:MultiFactorAuthPresent" = "false" } }
    }]
  })
}

resource "aws_kms_key" "media" {}
