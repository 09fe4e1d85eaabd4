"""`/`: until the screens are here, a plain page that says how to send the first trace."""

import html
from typing import Any
from urllib.parse import quote

from litestar import MediaType, Request, Response, Router, get

from sightline import __version__
from sightline.api.kit.services import Services

_CLIENTS = (
    (
        "Opik SDK (Python)",
        """pip install opik
export OPIK_URL_OVERRIDE={url}/api/

import opik

@opik.track
def answer(question: str) -> str:
    return "42"

answer("What is the answer?")
opik.flush_tracker()""",
    ),
    (
        "LiteLLM",
        """pip install litellm
export OPIK_URL_OVERRIDE={url}/api

import litellm
litellm.callbacks = ["opik"]
litellm.completion(model="gpt-4o-mini", messages=[{{"role": "user", "content": "hi"}}])""",
    ),
    (
        "OpenTelemetry",
        """export OTEL_EXPORTER_OTLP_ENDPOINT={url}/api/v1/private/otel
export OTEL_EXPORTER_OTLP_HEADERS=projectName=my-app
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf""",
    ),
    (
        "Plain HTTP",
        """curl -X POST {url}/api/v1/private/traces -H 'Content-Type: application/json' \\
  -d '{{"name": "hello", "start_time": "2026-01-01T00:00:00Z", "input": {{"question": "hi"}}}}'

curl '{url}/api/v1/private/traces?project_name=Default%20Project'""",
    ),
)

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881 }
body { font: 15px/1.6 system-ui, sans-serif; max-width: 46rem; margin: 0 auto; padding: 2rem 1rem }
h1 { font-size: 1.6rem; margin: 0 0 .25rem } h2 { font-size: 1rem; margin: 2rem 0 .5rem }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 8px;
      padding: .75rem 1rem; overflow-x: auto; font-size: 13px; line-height: 1.5 }
p { margin: .25rem 0 }
"""


# Where Opik's redirects lead; the screens will answer here.
_SCREENS = [
    "/",
    "/projects/{id:str}/traces",
    "/datasets/{id:str}/items",
    "/experiments/{id:str}/compare",
    "/optimizations/{id:str}",
]


@get(_SCREENS, opt={"public": True}, include_in_schema=False)
async def welcome(request: Request[Any, Any, Any], services: Services) -> Response[bytes]:
    """Show how to send the first trace to this address, or where to read the trace asked for."""
    host = request.headers.get("host")
    url = f"http://{host}" if host else services.public_url
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        f"<title>Sightline</title><style>{_STYLE}</style></head><body><main>",
        "<h1>Sightline is running</h1>",
        f"<p>Version {html.escape(__version__)}. Send the first trace to this address:</p>",
    ]
    if request.url.path != "/" or "trace" in request.query_params:
        parts[-1] = _without_screens(request.query_params.get("trace"))
    for name, code in _CLIENTS:
        text = html.escape(code.format(url=url))
        parts.append(f"<h2>{html.escape(name)}</h2><pre><code>{text}</code></pre>")
    key = (
        "This server asks for an API key: add <code>Authorization: &lt;key&gt;</code> "
        "(<code>OPIK_API_KEY</code> for the Opik SDK and LiteLLM)."
        if services.gate.required
        else "No key is needed: this server listens on this machine only."
    )
    parts.append(f"<h2>Keys</h2><p>{key}</p>")
    parts.append("<h2>Sample data</h2><pre><code>sightline demo</code></pre>")
    parts.append(
        "<h2>API</h2><p><a href='/api/schema/openapi.json'>OpenAPI document</a> · "
        "<a href='/health'>health</a> · <a href='/metrics'>metrics</a></p></main></body></html>"
    )
    return Response(
        "".join(parts).encode(),
        media_type=MediaType.HTML,
        headers={
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _without_screens(trace: str | None) -> str:
    """Say that there are no screens yet, and where the trace of a link is to be read."""
    text = "<p>The screens are not built yet; the API answers.</p>"
    if trace:
        id = html.escape(quote(trace, safe=""), quote=True)
        text += (
            f"<p>The trace of this link: <a href='/api/v1/private/traces/{id}'>trace</a> · "
            f"<a href='/api/v1/private/spans?trace_id={id}&amp;size=1000'>spans</a></p>"
        )
    return text + "<p>To send traces to this address:</p>"


ROUTER = Router(path="/", route_handlers=[welcome])
