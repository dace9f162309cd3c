"""What passes LocalStack's gateway: a record of every AWS call, and Lambda's limits on requests."""
