"""Pictures, sounds and files in messages: `data:` URLs taken apart and put together."""

import re
from typing import Any, NamedTuple

from sightline.wire.loose import as_dict, as_text

_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w.=-]+)*?)(;base64)?,", re.IGNORECASE)
_BY_ENDING = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "mp3": "audio/mp3",
    "wav": "audio/wav",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
}


class Medium(NamedTuple):
    """Either `data` (base64) or `url`; `mime` may be a guess for a URL, empty if there is none."""

    mime: str
    data: str = ""
    url: str = ""
    name: str = ""


def read(url: str, name: str = "") -> Medium:
    """Take a URL apart: `data:image/png;base64,…` or one that must be fetched."""
    match = _DATA_URL.match(url)
    if match and match[3]:
        return Medium(match[1] or "application/octet-stream", url[match.end() :], "", name)
    path = re.split(r"[?#]", name or url, maxsplit=1)[0]
    return Medium(_BY_ENDING.get(path.rpartition(".")[2].lower(), ""), "", url, name)


def of_part(part: dict[str, Any]) -> Medium | None:
    """Return what a chat content part holds beside text; None when it is of another kind."""
    kind = part.get("type")
    if kind in ("image_url", "video_url"):
        held = part.get(kind)
        url = held if isinstance(held, str) else as_text(as_dict(held).get("url"))
        return read(url) if url else None
    if kind == "input_audio":
        audio = as_dict(part.get("input_audio"))
        return Medium(f"audio/{as_text(audio.get('format')) or 'wav'}", as_text(audio.get("data")))
    if kind == "file":
        file = as_dict(part.get("file"))
        name = as_text(file.get("filename"))
        given = as_text(file.get("file_data")) or as_text(file.get("file_url"))
        if given and not given.startswith(("data:", "http://", "https://", "gs://", "s3://")):
            return Medium(read("", name).mime or "application/pdf", given, "", name)
        return read(given, name) if given else None
    return None


def data_url(mime: str, data: str) -> str:
    """Return the `data:` URL of base64."""
    return f"data:{mime};base64,{data}"
