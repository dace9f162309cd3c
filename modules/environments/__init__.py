"""Environments: what a TOML file may say (`config`), and what the constructs read (`environment`)."""
