"""Applies `migrations/` to a live MySQL or MariaDB, one verified statement at a time (requirements, section 2)."""
