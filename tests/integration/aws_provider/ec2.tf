data "aws_vpc" "default" {
  default = true
}

data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}

resource "aws_security_group" "endpoint" {
  name        = "endpoint-${var.suffix}"
  description = "execute-api endpoint"
  vpc_id      = data.aws_vpc.default.id
  tags        = { Revision = tostring(var.revision) }
}

resource "aws_security_group" "client" {
  name_prefix = "${var.suffix}-"
  vpc_id      = data.aws_vpc.default.id
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  security_group_id            = aws_security_group.endpoint.id
  referenced_security_group_id = aws_security_group.client.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  description                  = "revision ${var.revision}"
  tags                         = { Revision = tostring(var.revision) }
}

resource "aws_vpc_security_group_egress_rule" "anywhere" {
  security_group_id = aws_security_group.client.id
  cidr_ipv4         = var.revision == 1 ? "0.0.0.0/0" : data.aws_vpc.default.cidr_block
  ip_protocol       = "-1"
}

resource "aws_vpc_endpoint" "api" {
  vpc_id              = data.aws_vpc.default.id
  service_name        = "com.amazonaws.us-east-1.execute-api"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = slice(data.aws_subnets.default.ids, 0, var.revision)
  security_group_ids  = [aws_security_group.endpoint.id]
  private_dns_enabled = false
  tags                = { Revision = tostring(var.revision) }
}

output "default_network" {
  value = data.aws_vpc.default.cidr_block
}
