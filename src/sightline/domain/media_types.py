"""Which kind of media bytes are, by how they begin, and what such a file is called."""

import re

# Enough for every signature below, and for the prolog that may precede `<svg`.
HEAD_BYTES = 1024

_AT_START: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"PK\x03\x04", "application/zip"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_ISO_BRANDS = {
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
}
_EBML = b"\x1a\x45\xdf\xa3"
_SVG = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml\b|<!--|<!DOCTYPE svg\b|<svg[\s>])", re.I)

# Not `mimetypes`: it reads the machine's files, and a name must be the same on every machine.
_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/svg+xml": "svg",
    "image/tiff": "tif",
    "image/x-icon": "ico",
    "audio/mpeg": "mp3",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
    "audio/mp4": "m4a",
    "video/quicktime": "mov",
    "video/x-msvideo": "avi",
    "video/x-matroska": "mkv",
    "text/plain": "txt",
    "text/markdown": "md",
    "application/octet-stream": "bin",
}
_PLAIN_SUBTYPE = re.compile(r"[a-z0-9]{1,10}")


def sniff(head: bytes) -> str | None:
    """Return the media type of bytes that begin with `head`, None when they are no known media."""
    for signature, media_type in _AT_START:
        if head.startswith(signature):
            return media_type
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _ISO_BRANDS.get(head[8:12], "video/mp4")
    if head.startswith(_EBML):
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if _is_mpeg_audio(head):
        return "audio/mpeg"
    if _SVG.match(head) and b"<svg" in head[:HEAD_BYTES].lower():
        return "image/svg+xml"
    return None


def extension(media_type: str) -> str:
    """Return what a file of this type ends with, letters and digits without the dot."""
    media_type = media_type.lower()
    known = _EXTENSIONS.get(media_type)
    if known is not None:
        return known
    subtype = media_type.rpartition("/")[2]
    return subtype if _PLAIN_SUBTYPE.fullmatch(subtype) else "bin"


def _is_mpeg_audio(head: bytes) -> bool:
    """Layer III frames without a tag: the sync bits, a bit rate and a sample rate that exist."""
    if len(head) < 4 or head[0] != 0xFF or head[1] not in (0xFB, 0xFA, 0xF3, 0xF2):
        return False
    bit_rate, sample_rate = head[2] >> 4, (head[2] >> 2) & 3
    return bit_rate not in (0, 15) and sample_rate != 3
