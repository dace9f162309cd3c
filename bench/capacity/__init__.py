"""How many listings an hour fit, by AWS's quotas and the reserved concurrency of an environment: ``make capacity``."""
