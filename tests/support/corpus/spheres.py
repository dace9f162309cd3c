"""XMP of 360° photos as cameras and phones write it, with private neighbours."""

from collections.abc import Mapping
from typing import Final

from tests.support.corpus.camera import OWNER, PLACE, SERIAL

XMP_PREFIX: Final = b"http://ns.adobe.com/xap/1.0/\x00"
GPANO: Final = "http://ns.google.com/photos/1.0/panorama/"

# What must not leave, although it stands in the same namespace.
PRIVATE_PROPERTIES: Final = {
    "CaptureSoftware": OWNER.decode(),
    "StitchingSoftware": SERIAL.decode(),
    "PoseHeadingDegrees": "123.456",
    "FirstPhotoDate": "2026-03-01T10:00:00Z",
    "LastPhotoDate": PLACE.decode(),
    "SourcePhotosCount": "36",
}


def properties(full: tuple[int, int], area: tuple[int, int], corner: tuple[int, int] = (0, 0)) -> dict[str, str]:
    """The properties that Google's page requires."""
    return {
        "ProjectionType": "equirectangular",
        "FullPanoWidthPixels": str(full[0]),
        "FullPanoHeightPixels": str(full[1]),
        "CroppedAreaImageWidthPixels": str(area[0]),
        "CroppedAreaImageHeightPixels": str(area[1]),
        "CroppedAreaLeftPixels": str(corner[0]),
        "CroppedAreaTopPixels": str(corner[1]),
    }


def packet(given: Mapping[str, str], *, elements: bool = False, prefix: str = "GPano") -> bytes:
    """An XMP packet with the properties as attributes, as phones do, or as elements, as exiftool does."""
    attributes = "" if elements else " ".join(f'{prefix}:{name}="{value}"' for name, value in given.items())
    inner = "".join(f"<{prefix}:{name}>{value}</{prefix}:{name}>" for name, value in given.items()) if elements else ""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:{prefix}="{GPANO}" '
        f'exif:GPSLatitude="{PLACE.decode()}" {attributes}>{inner}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()
