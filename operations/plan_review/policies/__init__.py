"""Policies as what they allow and deny: read into sets, compared so that what is not proven narrower is wider."""
