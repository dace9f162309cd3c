"""What a person can put right before a command can do what it was asked to."""


class SetupError(Exception):
    """Something the user gave or the machine lacks; the message names it and the remedy. Exit code 2."""

    exit_code = 2
