"""What a file is by its first bytes, whatever its name or its sender says.

Magic bytes are those of the formats' own specifications; brands of ISO base media files are those registered at
mp4ra.org. A detected type is evidence about the start of a file only: that the rest holds is the decoder's to find out.
"""

import re
from typing import Final

HEAD_BYTES: Final = 4096  # of a file are enough for every rule below

# (offset, bytes, content type); longer ones before their prefixes.
_MAGIC_BYTES: Final = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
    (0, b"\xff\x4f\xff\x51", "image/jp2"),
    (0, b"\x00\x00\x00\x0cJXL \r\n\x87\n", "image/jxl"),
    (0, b"\xff\x0a", "image/jxl"),
    (0, b"8BPS\x00", "image/vnd.adobe.photoshop"),
    (8, b"CR\x02\x00", "image/x-canon-cr2"),  # a TIFF whose first image is only a preview
    (0, b"IIRO", "image/x-olympus-orf"),
    (0, b"IIU\x00", "image/x-panasonic-rw2"),
    (0, b"FUJIFILMCCD-RAW", "image/x-fuji-raf"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"II+\x00", "image/tiff"),  # BigTIFF
    (0, b"MM\x00+", "image/tiff"),
    (0, b"\x1aE\xdf\xa3", "video/x-matroska"),
    (0, b"\x00\x00\x01\xba", "video/mpeg"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"AC10", "image/vnd.dwg"),
    (0, b"{\\rtf", "application/rtf"),
)
_RIFF_FORMS: Final = {b"WEBP": "image/webp", b"AVI ": "video/x-msvideo"}

# Brands of `ftyp`, in the order in which they decide: a HEIC image may list `mif1` or an MP4 brand beside its own.
_BRANDS: Final = (
    (frozenset({b"avif", b"avis"}), "image/avif"),
    (frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}), "image/heic"),
    (frozenset({b"mif1", b"mif2", b"msf1"}), "image/heif"),
    (frozenset({b"crx "}), "image/x-canon-cr3"),
    (frozenset({b"M4A ", b"M4B ", b"M4P "}), "audio/mp4"),
    (frozenset({b"qt  "}), "video/quicktime"),
    (
        frozenset({b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"hvc1"})
        | frozenset({b"M4V ", b"M4VH", b"M4VP", b"MSNV", b"XAVC", b"dash", b"mmp4", b"f4v ", b"CAEP", b"niko"}),
        "video/mp4",
    ),
    (frozenset({b"3gp4", b"3gp5", b"3gp6", b"3gp7", b"3g2a", b"3g2b", b"3g2c"}), "video/3gpp"),
)
_QUICKTIME_ATOMS: Final = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})  # files older than `ftyp`

# Spellings of one type; whatever stands here is compared as its canonical name.
_ALIASES: Final = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "image/tif": "image/tiff",
    "image/x-tiff": "image/tiff",
    "image/heif": "image/heic",  # phones and browsers use the two for the same files
    "image/heic-sequence": "image/heic",
    "image/heif-sequence": "image/heic",
    "image/avif-sequence": "image/avif",
    "video/quicktime": "video/mp4",  # one container; brands and extensions are swapped in the wild
    "video/x-m4v": "video/mp4",
    "video/webm": "video/x-matroska",
    "video/avi": "video/x-msvideo",
    "application/x-pdf": "application/pdf",
    "application/x-zip-compressed": "application/zip",
    "text/rtf": "application/rtf",
    "application/acad": "image/vnd.dwg",
    "image/x-dwg": "image/vnd.dwg",
}
# A type's name in lower case (RFC 6838, 4.2): nothing that would end, fold or break a header.
_WELL_FORMED: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
# Document types that are one of the two general containers inside.
_CONTAINED: Final = {
    "application/zip": ("application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument."),
    "application/x-ole-storage": ("application/msword", "application/vnd.ms-"),
}
_OPEN_XML, _OPEN_DOCUMENT = _CONTAINED["application/zip"]
# Extensions that name a document's content, the usual one first. None of them starts a program.
_EXTENSIONS: Final = {
    "application/pdf": ("pdf",),
    "application/rtf": ("rtf",),
    "application/zip": ("zip", "docx", "xlsx", "pptx", "odt", "ods", "odp", "odg"),
    "application/msword": ("doc", "dot"),
    "application/vnd.ms-excel": ("xls", "xlt"),
    "application/vnd.ms-powerpoint": ("ppt", "pps", "pot"),
    "application/vnd.ms-project": ("mpp",),
    "application/vnd.ms-works": ("wps",),
    f"{_OPEN_XML}wordprocessingml.document": ("docx",),
    f"{_OPEN_XML}wordprocessingml.template": ("dotx",),
    f"{_OPEN_XML}spreadsheetml.sheet": ("xlsx",),
    f"{_OPEN_XML}spreadsheetml.template": ("xltx",),
    f"{_OPEN_XML}presentationml.presentation": ("pptx",),
    f"{_OPEN_XML}presentationml.slideshow": ("ppsx",),
    f"{_OPEN_XML}presentationml.template": ("potx",),
    f"{_OPEN_DOCUMENT}text": ("odt",),
    f"{_OPEN_DOCUMENT}spreadsheet": ("ods",),
    f"{_OPEN_DOCUMENT}presentation": ("odp",),
    f"{_OPEN_DOCUMENT}graphics": ("odg",),
    "image/vnd.dwg": ("dwg",),
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/png": ("png",),
    "image/tiff": ("tif", "tiff"),
}


def detect(head: bytes) -> str | None:
    """Name the content type that a file's first bytes show.

    Parameters
    ----------
    head
        The first `HEAD_BYTES` of the file, or all of it when it is shorter.

    Returns
    -------
    str or None
        A content type in lower case; None for what has none, such as text.
    """
    for offset, magic, content_type in _MAGIC_BYTES:
        if head.startswith(magic, offset):
            return content_type
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head[4:8] in _QUICKTIME_ATOMS:
        return "video/quicktime"
    if head[:4] == b"RIFF":
        return _RIFF_FORMS.get(head[8:12])
    return _by_looser_rules(head)


def matches(declared: str, detected: str | None) -> bool:
    """Whether a sender's content type and the detected one can mean the same file.

    Parameters
    ----------
    declared
        As sent, parameters allowed (``image/jpeg; charset=binary``).
    detected
        From `detect`. None never matches: what shows no known type is not the media that it is said to be.
    """
    if detected is None:
        return False
    if not _WELL_FORMED.fullmatch(essence(declared)):
        return False
    name = canonical(declared)
    return name == canonical(detected) or name.startswith(_CONTAINED.get(detected, ()))


def essence(content_type: str) -> str:
    """A content type in lower case and without its parameters: of one that `matches`, safe in a header."""
    return content_type.partition(";")[0].strip().lower()


def canonical(content_type: str) -> str:
    """The one spelling of a content type: lower case, no parameters, no alias."""
    name = essence(content_type)
    return _ALIASES.get(name, name)


def fitting_extension(content_type: str, extension: str) -> str:
    """The extension under which a file of a content type may leave: its own where it fits, else the type's usual one.

    Parameters
    ----------
    content_type
        As announced, of a file that `matches` it.
    extension
        Of the file's name, without the dot; may be empty.

    Returns
    -------
    str
        In lower case, without the dot; empty for a type without a known extension.
    """
    fitting = _EXTENSIONS.get(canonical(content_type), ("",))
    return extension.lower() if extension.lower() in fitting else fitting[0]


def _by_brand(head: bytes) -> str | None:
    """Type of an ISO base media file (ISO/IEC 14496-12, 4.3): major brand, minor version, compatible brands."""
    size = int.from_bytes(head[:4])
    box = head[8 : size if 16 <= size <= len(head) else len(head)]
    major, compatible = box[:4], {box[i : i + 4] for i in range(8, len(box) - 3, 4)}
    for brands, content_type in _BRANDS:
        if major in brands and content_type != "image/heif":  # `mif1` says only "an image": the others say which
            return content_type
    return next((content_type for brands, content_type in _BRANDS if brands & (compatible | {major})), None)


def _by_looser_rules(head: bytes) -> str | None:
    """Types whose magic bytes may stand behind white space, or are too short to be trusted alone."""
    if head.lstrip(b"\xef\xbb\xbf\r\n\t \x00").startswith(b"%PDF-"):
        return "application/pdf"
    if head[:2] == b"BM" and head[6:10] == bytes(4):  # reserved zeros: two letters alone would claim a text
        return "image/bmp"
    return None
