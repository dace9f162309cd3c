"""LocalStack plugins of TOQ's local platform: what the community release cannot do without Docker or a licence."""
