"""LocalStack plugins of TOQ's local platform: what the community release can not do without Docker or a licence."""
