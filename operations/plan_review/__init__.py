"""Review of a Terraform plan: what a person must see before an apply, and what no person should have to catch."""
