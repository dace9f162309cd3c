"""The provider process. Terraform runs it; by hand it only says so."""

from toq_aws_provider.protocol import serve

if __name__ == "__main__":
    serve()
