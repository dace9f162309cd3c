"""What was changed in an account outside Terraform: ``make drift``."""
