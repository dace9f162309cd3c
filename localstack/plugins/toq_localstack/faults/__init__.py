"""Faults of AWS, and time that runs faster, both chosen over HTTP while LocalStack runs; none and 1 until then."""
