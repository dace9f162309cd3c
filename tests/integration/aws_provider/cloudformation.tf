resource "aws_media_convert_queue" "media" {
  name        = "media-${var.suffix}"
  description = "revision ${var.revision}"
  tags        = { Revision = tostring(var.revision) }
}

resource "aws_cloudformation_stack" "template" {
  name = "template-${var.suffix}"
  template_body = jsonencode({
    Parameters = {
      Name = { Type = "String", Default = "video-${var.suffix}" }
    }
    Resources = {
      Template = {
        Type = "AWS::MediaConvert::JobTemplate"
        Properties = {
          Name        = { Ref = "Name" }
          Description = "revision ${var.revision}"
          Queue       = aws_media_convert_queue.media.arn
          SettingsJson = {
            OutputGroups = [{
              OutputGroupSettings = { Type = "FILE_GROUP_SETTINGS", FileGroupSettings = {} }
              Outputs = [{
                ContainerSettings = { Container = "MP4", Mp4Settings = {} }
                NameModifier      = "-720p"
                VideoDescription = {
                  Height = 720
                  CodecSettings = {
                    Codec        = "H_264"
                    H264Settings = { RateControlMode = "QVBR", MaxBitrate = 3000000 }
                  }
                }
              }]
            }]
          }
        }
      }
    }
    Outputs = { Name = { Value = { Ref = "Template" } } }
  })
  tags = { Revision = tostring(var.revision) }
}

output "template_name" {
  value = aws_cloudformation_stack.template.outputs["Name"]
}
