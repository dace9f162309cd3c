"""How much video a batch may hold, unless an environment says otherwise.

Validate refuses what is more; the state machine's time for videos is made for these, and a test derives one from the
other.
"""

from typing import Final

MOST_VIDEOS: Final = 40  # as many as an inline map hands to MediaConvert at once
MOST_BATCH_VIDEO_SECONDS: Final = 7_200  # sum of their lengths
MOST_VIDEO_SECONDS: Final = 1_200  # length of one
