"""Where a fault can strike, and how often it does while its site is on."""

from typing import Final

# Probability for each call, message, execution, job or callback that the site looks at.
AWS: Final = {
    "s3.500": 0.03,
    "s3.503": 0.03,
    "s3.slow": 0.02,
    "s3.reset": 0.05,
    "s3.answer-lost": 0.03,
    "kms.throttled": 0.03,
    "secrets.throttled": 0.4,
    "sqs.delivered-again": 0.1,
    "sqs.delivered-to-two": 0.2,
    "sqs.reordered": 0.2,
    "sqs.visibility-lapsed": 0.15,
    "states.execution-limit": 0.15,
    "states.start-late": 0.1,
    "states.start-answer-lost": 0.1,
    "lambda.throttled": 0.05,
    "lambda.not-ready": 0.05,
    "lambda.killed-before-write": 0.03,
    "lambda.killed-after-write": 0.03,
    "lambda.out-of-memory-before-write": 0.01,
    "lambda.out-of-memory-after-write": 0.01,
    "lambda.timed-out-before-write": 0.01,
    "lambda.timed-out-after-write": 0.01,
    "execution.aborted": 0.02,
    "execution.timed-out": 0.06,
    "mediaconvert.error": 0.25,
    "mediaconvert.endless": 0.2,
    "mediaconvert.late": 0.25,
    "events.dropped.states": 0.3,
    "events.dropped.mediaconvert": 0.3,
    "events.twice": 0.3,
}
BACKEND: Final = {
    "backend.reset": 0.1,
    "backend.slow": 0.05,
    "backend.429": 0.1,
    "backend.410": 0.03,
    "backend.500": 0.15,
    "backend.reset-after-commit": 0.15,
    "database.restarted": 0.04,
}
# Once in a round that has the site on, at a moment of the seed's choice.
MOMENTS: Final = ("backend.restarted", "secret.rotated")
# For each batch that has ended.
REPEATS: Final = {"replay.twice-at-once": 0.05, "retry.twice-at-once": 0.05}
ALL: Final = (*AWS, *BACKEND, *MOMENTS, *REPEATS)
