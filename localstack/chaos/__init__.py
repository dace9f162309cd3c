"""Chaos on the local platform: real processes under seeded faults, then an audit of what is left."""
