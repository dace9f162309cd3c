"""The resource types and data sources, one module per AWS service (two where one would be too long)."""
