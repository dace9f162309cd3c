"""Lambda's context object, as far as handlers use it."""

from dataclasses import dataclass


@dataclass
class LambdaContext:
    """An invocation with a minute left, unless said otherwise."""

    milliseconds: int = 60_000
    aws_request_id: str = "11111111-2222-3333-4444-555555555555"

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds
