"""Holds the stand-in provider to what the real AWS provider makes of the same stack."""
