resource "aws_cloudformation_stack" "queue" {
  name = "queue-${var.suffix}"
  parameters = {
    Delay = tostring(5 * var.revision)
  }
  template_body = jsonencode({
    Parameters = {
      Delay = { Type = "Number" }
      Name  = { Type = "String", Default = "stack-${var.suffix}" }
    }
    Resources = {
      Queue = {
        Type       = "AWS::SQS::Queue"
        Properties = { QueueName = { Ref = "Name" }, DelaySeconds = { Ref = "Delay" } }
      }
    }
    Outputs = { Arn = { Value = { "Fn::GetAtt" = ["Queue", "Arn"] } } }
  })
  tags = { Revision = tostring(var.revision) }
}

output "queue_arn" {
  value = aws_cloudformation_stack.queue.outputs["Arn"]
}
