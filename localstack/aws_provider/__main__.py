"""The provider process. Terraform runs it; by hand it only says so."""

from localstack.aws_provider.protocol import serve

if __name__ == "__main__":
    serve()
