"""Stand-in for the AWS Terraform provider: plugin protocol 6 in front, boto3 on LocalStack behind.

Terraform starts it through the filesystem mirror that the project's toolchain writes. It serves only the
types this project's stack uses and refuses every endpoint that is not on the loopback interface.
"""
