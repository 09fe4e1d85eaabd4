"""AWS Signature Version 4 of one request, in its headers."""

import hashlib
import hmac
from urllib.parse import parse_qsl, quote, urlsplit

import msgspec

from sightline.core.clock import from_us
from sightline.destinations.base import HttpRequest

_ALGORITHM = "AWS4-HMAC-SHA256"
_UNRESERVED = "-_.~"


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """Who signs, and for what."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None
    region: str
    service: str

    def __repr__(self) -> str:
        return f"Credentials({self.service}, {self.region})"


def sign_request(request: HttpRequest, credentials: Credentials, now_us: int) -> HttpRequest:
    """Return the request with date, hash of the body and `Authorization`; all headers are signed.

    The path of its URL must be percent-encoded as it goes out. Good for 15 minutes.
    """
    parts = urlsplit(request.url)
    moment = from_us(now_us).strftime("%Y%m%dT%H%M%SZ")
    body_hash = hashlib.sha256(request.body).hexdigest()
    ours = {"x-amz-date": moment, "x-amz-content-sha256": body_hash}
    if credentials.session_token:
        ours["x-amz-security-token"] = credentials.session_token
    replaced = {*ours, "authorization"}
    kept = {name: it for name, it in request.headers.items() if name.lower() not in replaced}
    sent = {**kept, **ours}
    lowered = {name.lower(): " ".join(value.split()) for name, value in sent.items()}
    lowered["host"] = parts.netloc
    names = sorted(lowered)
    canonical = "\n".join(
        [
            request.method,
            parts.path or "/",
            _canonical_query(parts.query),
            *(f"{name}:{lowered[name]}" for name in names),
            "",
            ";".join(names),
            body_hash,
        ]
    )
    scope = f"{moment[:8]}/{credentials.region}/{credentials.service}/aws4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join([_ALGORITHM, moment, scope, hashed])
    key = f"AWS4{credentials.secret_access_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    sent["Authorization"] = (
        f"{_ALGORITHM} Credential={credentials.access_key_id}/{scope}, "
        f"SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    return msgspec.structs.replace(request, headers=sent)


def _canonical_query(query: str) -> str:
    pairs = sorted(
        (quote(name, safe=_UNRESERVED), quote(value, safe=_UNRESERVED))
        for name, value in parse_qsl(query, keep_blank_values=True)
    )
    return "&".join(f"{name}={value}" for name, value in pairs)
