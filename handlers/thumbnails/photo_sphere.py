"""How a 360° photo lies on its sphere: read from XMP by an allow-list of numbers, and written anew.

Google's "Photo Sphere XMP Metadata" gives the properties and what they mean, XMP Specification Part 3 the packet's
place in a file. Only those properties are taken that a viewer needs to put the pixels on the sphere, and of these only
numbers within their range: nothing that somebody wrote into the packet leaves with the photo. The compass heading stays
behind too. It shows which way a window looks, which with the sun's light tells where a house stands.
"""

import re
from dataclasses import dataclass
from typing import Final, Self

NAMESPACE: Final = "http://ns.google.com/photos/1.0/panorama/"
PREFIX: Final = b"http://ns.adobe.com/xap/1.0/\x00"  # starts the payload of a JPEG's APP1
EQUIRECTANGULAR: Final = "equirectangular"  # the only projection that the page names as supported

_MAX_PACKET: Final = 65_536  # bytes that are looked at; in a JPEG a packet is one segment
_BEFORE_NAMESPACE: Final = 8_192  # bytes before the namespace that belong to the packet
_MAX_PIXELS: Final = 1_000_000  # of a side; far beyond any camera
_BINDING: Final = re.compile(rb"""xmlns:([A-Za-z][\w.-]{0,40})\s*=\s*["']%s["']""" % re.escape(NAMESPACE.encode()))
_WHOLE: Final = re.compile(r"[0-9]{1,7}")
_DEGREES: Final = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{1,12})?")
_SAME_SHAPE: Final = 0.01  # by how much the height of a resized photo may be off


@dataclass(frozen=True, slots=True)
class PhotoSphere:
    """Where a photo lies on its sphere, in the photo's own pixels.

    Parameters
    ----------
    size
        Of the photo.
    full
        Of the whole sphere at this scale; larger than the photo where a part of it was not taken.
    left, top
        Where the photo begins within it.
    pitch, roll
        Degrees by which the camera was tilted; None where the photo does not say.
    """

    size: tuple[int, int]
    full: tuple[int, int]
    left: int
    top: int
    pitch: float | None = None
    roll: float | None = None

    @classmethod
    def read(cls, packet: bytes, size: tuple[int, int]) -> Self | None:
        """Read an XMP packet; None where it does not speak of a sphere, or not of this photo.

        Parameters
        ----------
        packet
            Any bytes; the RDF may be written with attributes or with elements.
        size
            Of the photo. Where the packet tells of a larger original, its numbers are scaled.
        """
        given = _Properties(packet[:_MAX_PACKET])
        if (
            given.text("ProjectionType").lower() != EQUIRECTANGULAR
            or given.text("UsePanoramaViewer").lower() == "false"
        ):
            return None
        area = given.pair("CroppedAreaImageWidthPixels", "CroppedAreaImageHeightPixels", size)
        full = given.pair("FullPanoWidthPixels", "FullPanoHeightPixels", _whole_sphere(area))
        corner = given.pair("CroppedAreaLeftPixels", "CroppedAreaTopPixels", (0, 0) if full == area else None)
        if not (area and full and corner and _fits(area, full, corner) and _alike(area, size)):
            return None
        scaled = _scaled(full[0], size[0], area[0]), _scaled(full[1], size[1], area[1])
        return cls(
            size=size,
            full=scaled,
            left=min(_scaled(corner[0], size[0], area[0]), scaled[0] - size[0]),
            top=min(_scaled(corner[1], size[1], area[1]), scaled[1] - size[1]),
            pitch=given.degrees("PosePitchDegrees", 90),
            roll=given.degrees("PoseRollDegrees", 180),
        )

    @classmethod
    def find(cls, data: bytes, size: tuple[int, int]) -> Self | None:
        """Look for the packet in a file of any format: by its namespace, as XMP's packet scanning does."""
        at = data.find(NAMESPACE.encode())
        start = max(0, at - _BEFORE_NAMESPACE)
        return cls.read(data[start : start + _MAX_PACKET], size) if at >= 0 else None

    def packet(self) -> bytes:
        """A new XMP packet that says this and nothing else."""
        properties: dict[str, object] = {
            "UsePanoramaViewer": True,
            "ProjectionType": EQUIRECTANGULAR,
            "FullPanoWidthPixels": self.full[0],
            "FullPanoHeightPixels": self.full[1],
            "CroppedAreaImageWidthPixels": self.size[0],
            "CroppedAreaImageHeightPixels": self.size[1],
            "CroppedAreaLeftPixels": self.left,
            "CroppedAreaTopPixels": self.top,
        }
        if self.pitch is not None:
            properties["PosePitchDegrees"] = self.pitch
        if self.roll is not None:
            properties["PoseRollDegrees"] = self.roll
        attributes = " ".join(f'GPano:{name}="{value}"' for name, value in properties.items())
        return (
            '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
            '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            f'<rdf:Description rdf:about="" xmlns:GPano="{NAMESPACE}" {attributes}/>'
            '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
        ).encode()


class _Properties:
    """Values of one namespace in a packet, each as it stands there; no entity is resolved and no document built."""

    def __init__(self, packet: bytes) -> None:
        bound = _BINDING.search(packet)
        self._packet = packet if bound else b""
        self._prefix = re.escape(bound[1]) if bound else b""

    def text(self, name: str) -> str:
        """The first value of a property; empty where there is none."""
        property_ = self._prefix + b":" + name.encode()
        found = re.search(
            rb"[\s<]" + property_ + rb"""(?:\s*=\s*(?:"([^"<]{0,40})"|'([^'<]{0,40})')|>([^<]{0,40})<)""", self._packet
        )
        value = next((group for group in found.groups() if group is not None), b"") if found else b""
        return value.decode("latin-1").strip()

    def pair(self, first: str, second: str, default: tuple[int, int] | None) -> tuple[int, int] | None:
        """Two numbers of pixels, or the default where there is neither; None where they are not sound."""
        values = self.text(first), self.text(second)
        if not any(values):
            return default
        if not all(_WHOLE.fullmatch(value) for value in values):
            return None
        numbers = int(values[0]), int(values[1])
        return numbers if max(numbers) <= _MAX_PIXELS else None

    def degrees(self, name: str, most: int) -> float | None:
        """An angle of at most so many degrees to either side, in hundredths."""
        value = self.text(name)
        if not _DEGREES.fullmatch(value) or abs(float(value)) > most:
            return None
        return round(float(value), 2)


def _whole_sphere(area: tuple[int, int] | None) -> tuple[int, int] | None:
    """A photo twice as wide as high shows all around: 360 by 180 degrees."""
    return area if area and area[0] == 2 * area[1] else None


def _fits(area: tuple[int, int], full: tuple[int, int], corner: tuple[int, int]) -> bool:
    return min(area) >= 1 and all(corner[axis] + area[axis] <= full[axis] for axis in (0, 1))


def _alike(area: tuple[int, int], size: tuple[int, int]) -> bool:
    """Whether the photo is the area, at any scale: one that was cropped afterwards lies elsewhere on the sphere."""
    height = area[1] * size[0] / area[0]
    return abs(height - size[1]) <= max(1, size[1] * _SAME_SHAPE)


def _scaled(value: int, wanted: int, original: int) -> int:
    return round(value * wanted / original)
