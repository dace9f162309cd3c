"""Holds the API calls that were made against the policies that were applied."""
