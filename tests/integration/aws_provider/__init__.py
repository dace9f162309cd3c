"""What the stand-in provider's tests share: a Terraform workspace on an emulator, and one configuration per service."""
