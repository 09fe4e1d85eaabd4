"""One HTTP request, by the standard library; redirects are not followed."""

import http.client
import urllib.error
import urllib.request

from sightline import __version__
from sightline.destinations.base import HttpRequest, HttpResponse

_MAX_ANSWER_BYTES = 64 * 1024


class TransportError(Exception):
    """No answer came."""


class _Status(urllib.request.HTTPErrorProcessor):
    """Hands every answer over as it is: no redirect takes the credentials elsewhere."""

    def http_response(
        self, request: urllib.request.Request, response: http.client.HTTPResponse
    ) -> http.client.HTTPResponse:
        return response

    https_response = http_response


def _opener() -> urllib.request.OpenerDirector:
    # Put together by hand: the usual one would open files and ftp too.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        _Status(),
    ):
        opener.add_handler(handler)
    return opener


def send(request: HttpRequest, timeout_s: float) -> HttpResponse:
    """Return the answer, whatever its status. Raises `TransportError`."""
    body = request.body if request.body or request.method != "GET" else None
    headers = {"User-Agent": f"sightline/{__version__}", **request.headers}
    outgoing = urllib.request.Request(  # noqa: S310 - the config takes http and https only
        request.url, data=body, headers=headers, method=request.method
    )
    try:
        with _opener().open(outgoing, timeout=timeout_s) as answer:
            return HttpResponse(
                status=answer.status,
                headers={name.lower(): value for name, value in answer.headers.items()},
                body=answer.read(_MAX_ANSWER_BYTES),
            )
    except urllib.error.URLError as error:
        raise TransportError(str(error.reason)) from error
    except (OSError, http.client.HTTPException) as error:
        raise TransportError(str(error) or type(error).__name__) from error
