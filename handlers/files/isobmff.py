"""What a video is like, read from the few boxes of an MP4 or MOV file that say so.

Only box headers and some fixed fields are read, never media; `handlers.files.boxes` limits the requests.
"""

from dataclasses import dataclass

from handlers.files.boxes import Box, BoxReader, RangeReader, unreadable
from handlers.files.hdr import Hdr, high_dynamic_range
from handlers.files.timing import timing
from handlers.files.video_track import VideoTrack, chapter_tracks, extensions, movie_matrix, sample_entry


@dataclass(frozen=True, slots=True)
class VideoProbe:
    """The video of a file, as a player shows it.

    Parameters
    ----------
    width, height
        Upright, in square pixels: rotation and pixel aspect ratio are applied.
    rotation
        0, 90, 180 or 270 degrees clockwise, as the container asks the player to turn it.
    duration_seconds
        That play; None when the file does not say (cut off while recording).
    frame_rate
        Average frames per second; None when unknown.
    codec
        Four-character code of the sample entry, e.g. ``avc1`` or ``hvc1``.
    hdr
        Kind of high dynamic range; None for SDR.
    sound_codec
        Of the first sound track, as `codec`.
    """

    width: int
    height: int
    rotation: int
    duration_seconds: float | None
    frame_rate: float | None
    has_sound: bool
    codec: str
    hdr: Hdr | None = None
    sound_codec: str | None = None


def probe(read: RangeReader, size: int) -> VideoProbe:
    """Describe a video.

    Parameters
    ----------
    read
        Access to the object's bytes; called for `WINDOW_BYTES` each, at most `MAX_WINDOWS` times, and for a fragmented
        file as often again as `handlers.files.fragments` needs.
    size
        Size of the whole object, in bytes.

    Raises
    ------
    AssetError
        ``UNSUPPORTED_MEDIA`` when this is no MP4 or MOV with a video track, a broken one, or one whose colours only
        Dolby Vision knows.
    """
    source = BoxReader(read, size)
    moov = next((box for box in source.boxes(0, size) if box.kind == b"moov"), None)
    if moov is None:
        raise unreadable("it has no moov box: not an MP4 or MOV, or its recording was not finished")
    video, sound = _tracks(source, moov)
    found = timing(source, moov, video)
    return VideoProbe(
        video.width,
        video.height,
        video.rotation,
        found.seconds,
        found.frame_rate,
        sound is not None,
        video.codec,
        high_dynamic_range(source, extensions(video.entry)),
        sound,
    )


def _tracks(source: BoxReader, moov: Box) -> tuple[VideoTrack, str | None]:
    """The track that is the video, and the codec of the sound: of its first track, which is what MediaConvert takes."""
    movie = movie_matrix(source, moov)
    videos: list[VideoTrack] = []
    chapters: set[int] = set()
    sound: str | None = None
    for trak in source.children(moov, b"trak"):
        chapters |= chapter_tracks(source, trak)
        mdia = source.find(trak, b"mdia")
        handler = source.find(mdia, b"hdlr")
        if mdia is None or handler is None:
            continue
        media = source.bytes_at(handler.start + 8, 4)
        if media == b"soun":
            entry = sample_entry(source, source.find(mdia, b"minf", b"stbl", b"stsd"))
            sound = sound or (entry.kind.decode("latin-1") if entry else None)
        elif media == b"vide" and (track := VideoTrack.read(source, trak, mdia, movie)):
            videos.append(track)
    return _video(videos, chapters), sound


def _video(tracks: list[VideoTrack], chapters: set[int]) -> VideoTrack:
    """The track that a player shows: no cover, no chapter pictures, and no disabled one beside one that is enabled.

    Phones add small video tracks (thumbnails, depth): of several, the video is the largest.
    """
    shown = [track for track in tracks if not track.picture and track.number not in chapters]
    if not shown:
        raise unreadable("it has no video track with a usable size")
    return max(shown, key=lambda track: (track.enabled, track.width * track.height))
