"""What independent decoders see in photos and videos, beside what the pipeline makes of them: ``make conformance``."""
