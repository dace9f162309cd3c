resource "aws_s3_bucket" "logs" {
  bucket        = "logs-${var.suffix}"
  force_destroy = true
}

resource "aws_s3_bucket" "media" {
  bucket        = "media-${var.suffix}"
  force_destroy = true
  tags          = { Revision = tostring(var.revision) }
}

resource "aws_s3_bucket" "prefixed" {
  bucket_prefix = "p-${var.suffix}-"
}

resource "aws_s3_bucket_versioning" "media" {
  bucket = aws_s3_bucket.media.id
  versioning_configuration {
    status = var.revision == 1 ? "Enabled" : "Suspended"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "media" {
  bucket = aws_s3_bucket.media.id
  rule {
    bucket_key_enabled       = var.revision == 1
    blocked_encryption_types = var.revision == 1 ? ["SSE-C"] : ["NONE"]
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.media.arn
    }
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "media" {
  bucket                  = aws_s3_bucket.media.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = var.revision == 1
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "media" {
  bucket = aws_s3_bucket.media.id
  rule {
    object_ownership = var.revision == 1 ? "BucketOwnerEnforced" : "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_ownership_controls" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_logging" "media" {
  bucket        = aws_s3_bucket.media.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = var.revision == 1 ? "media/" : "media-access/"
}

resource "aws_s3_bucket_cors_configuration" "media" {
  bucket = aws_s3_bucket.media.id
  cors_rule {
    allowed_headers = ["*"]
    allowed_methods = ["PUT", "GET"]
    allowed_origins = ["https://toq.example"]
    expose_headers  = ["ETag", "x-amz-checksum-sha256"]
    max_age_seconds = 300 * var.revision
  }
  cors_rule {
    id              = "local"
    allowed_methods = ["GET"]
    allowed_origins = ["http://localhost"]
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "media" {
  bucket     = aws_s3_bucket.media.id
  depends_on = [aws_s3_bucket_versioning.media]

  rule {
    id     = "raw-to-glacier"
    status = "Enabled"
    filter {
      tag {
        key   = "stage"
        value = "raw"
      }
    }
    transition {
      days          = 180 * var.revision
      storage_class = "GLACIER"
    }
  }

  rule {
    id     = "abort-uploads"
    status = "Enabled"
    filter {}
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  rule {
    id     = "large-logs"
    status = var.revision == 1 ? "Disabled" : "Enabled"
    filter {
      and {
        prefix                   = "logs/"
        object_size_greater_than = 1024
        tags                     = { kind = "log" }
      }
    }
    transition {
      days          = 90
      storage_class = "STANDARD_IA"
    }
  }
}

resource "aws_s3_bucket_policy" "media" {
  bucket     = aws_s3_bucket.media.id
  depends_on = [aws_s3_bucket_public_access_block.media]
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "DenyInsecureTransport"
      Effect    = "Deny"
      Principal = "*"
      Action    = ["s3:*", ["s3:GetObject", "s3:PutObject"]][var.revision - 1]
      Resource  = [aws_s3_bucket.media.arn, "${aws_s3_bucket.media.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

resource "aws_kms_key" "media" {}
