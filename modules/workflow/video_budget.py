"""Time for videos: what a batch may hold so that its ZIP and its callback still fit into the execution's hour.

All videos of a batch are handed to MediaConvert at once, as many as an inline map runs side by side. Each has the same
time; one that needs more is reported as failed, and the batch goes on with the others.
"""

import math
from typing import Final

EXECUTION_SECONDS: Final = 3600  # requirements, 1.4
# What an inline map runs side by side at most (AWS Step Functions "Using Map state in Inline mode").
VIDEO_CONCURRENCY: Final = 40
# From handing a job over to its end; the pauses of the tries before and after it are in `VIDEO_BRANCH_SECONDS`.
VIDEO_TIMEOUT_SECONDS: Final = 1800
SUBMISSION_RETRIES: Final = {"attempts": 8, "interval": 2, "most": 60}  # createJob: a few requests a second per account

# Assumed, and to be measured in each account: how long other batches' jobs are before ours, how many of ours run at a
# time ("AWS Elemental MediaConvert endpoints and quotas": concurrent jobs of on-demand queues, adjustable), and how
# long a second of video takes, in all its renditions.
QUEUE_WAIT_SECONDS: Final = 300
JOBS_AT_ONCE: Final = 20
TRANSCODE_SECONDS_PER_SECOND: Final = 1.0


def transcoding_seconds(batch_video_seconds: int, video_seconds: int) -> int:
    """The longest that a batch's jobs may take, in seconds.

    Jobs that start whenever one of `JOBS_AT_ONCE` places is free end after at most the sum over the places and what the
    longest one adds to it (R. L. Graham, "Bounds on multiprocessing timing anomalies").

    Parameters
    ----------
    batch_video_seconds
        Sum of the lengths of all videos of the batch.
    video_seconds
        Length of the longest.
    """
    longest = min(video_seconds, batch_video_seconds)
    work = batch_video_seconds / JOBS_AT_ONCE + longest * (1 - 1 / JOBS_AT_ONCE)
    return QUEUE_WAIT_SECONDS + math.ceil(TRANSCODE_SECONDS_PER_SECOND * work)


def fits(batch_video_seconds: int, video_seconds: int) -> bool:
    """Whether every video of the largest batch that these limits accept is transcoded in time."""
    return transcoding_seconds(batch_video_seconds, video_seconds) <= VIDEO_TIMEOUT_SECONDS
