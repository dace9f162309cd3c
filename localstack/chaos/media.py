"""Tiny photos, videos and documents, each of its own content; some that the pipeline must refuse."""

import io
import random
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from localstack.backend.client import MediaFile

_FORMS: Final = ("photo", "photo", "photo", "photo", "render", "document", "document", "video", "broken", "disguised")
_TYPES: Final = {
    "photo": ("PHOTO_HORIZONTAL", "image/jpeg", "jpg"),
    "render": ("PROJECT_RENDER", "image/jpeg", "jpg"),
    "broken": ("PHOTO_VERTICAL", "image/jpeg", "jpg"),
    "disguised": ("PHOTO_HORIZONTAL", "image/jpeg", "jpg"),
    "document": ("PROJECT_DOC", "application/pdf", "pdf"),
    "video": ("VIDEO_HORIZONTAL", "video/mp4", "mp4"),
}
MOST_ASSETS: Final = 3


@dataclass(frozen=True, slots=True)
class Media:
    """Makes the files of batches.

    Parameters
    ----------
    folder
        Where they are written.
    video
        A short one; every video is this one, with a few bytes of its own behind it.
    """

    folder: Path
    video: bytes

    def files(self, seed: int, number: int) -> list[MediaFile]:
        """The files of the batch with this number: the same in every run with the seed."""
        chance = random.Random(f"media {seed} {number}")  # noqa: S311 - a seeded choice, not a secret
        forms = [chance.choice(_FORMS) for _ in range(chance.randint(1, MOST_ASSETS))]
        return [self._write(form, f"{number}-{index}", chance) for index, form in enumerate(forms)]

    def _write(self, form: str, name: str, chance: random.Random) -> MediaFile:
        asset_type, content_type, suffix = _TYPES[form]
        path = self.folder / f"{form}-{name}.{suffix}"
        path.write_bytes(self._content(form, chance))
        return MediaFile(path, asset_type, content_type)

    def _content(self, form: str, chance: random.Random) -> bytes:
        mark = chance.randbytes(12).hex().encode()
        if form == "document":
            return b"%PDF-1.4\n%" + mark + b"\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
        if form == "disguised":
            return b"MZ\x90\x00 a program, not a photo " + mark
        if form == "video":
            return self.video + (8 + len(mark)).to_bytes(4) + b"free" + mark  # ISO/IEC 14496-12, 8.1.2: free space
        photo = jpeg(chance)
        return photo[: len(photo) // 3] if form == "broken" else photo


def jpeg(chance: random.Random) -> bytes:
    """A photo of 96 by 64 pixels."""
    colours = [tuple(chance.randbytes(3)) for _ in range(24)]
    small = Image.new("RGB", (6, 4))
    small.putdata(colours)
    output = io.BytesIO()
    small.resize((96, 64)).save(output, "JPEG", quality=80)
    return output.getvalue()


def make_video(ffmpeg: str) -> bytes:
    """Half a second of moving picture, 128 by 72 pixels."""
    source = ["-f", "lavfi", "-i", "testsrc=size=128x72:rate=12:duration=0.5"]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    output = ["-movflags", "frag_keyframe+empty_moov", "-f", "mp4", "-"]
    command = [ffmpeg, "-loglevel", "error", *source, *coding, *output]
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
