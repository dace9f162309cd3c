"""Lambda functions as plain processes: ``LAMBDA_RUNTIME_EXECUTOR=process``."""
