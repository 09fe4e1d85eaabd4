"""The plain page in place of screens that were not built: how to send the first trace."""

import html
from urllib.parse import quote

from sightline import __version__

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


def page(url: str, *, keys_required: bool, trace: str | None) -> bytes:
    """Return HTML: how to send the first trace to `url`, or where to read the trace asked for."""
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        f"<title>Sightline</title><style>{_STYLE}</style></head><body><main>",
        "<h1>Sightline is running</h1>",
        f"<p>Version {html.escape(__version__)}, without its screens: this checkout has not built "
        "them. <code>make ui</code> builds them (Node 20 or newer), then reload this page. "
        "The API answers as ever.</p>",
        _trace_links(trace) if trace else "",
        "<p>Send the first trace to this address:</p>",
    ]
    for name, code in _CLIENTS:
        text = html.escape(code.format(url=url))
        parts.append(f"<h2>{html.escape(name)}</h2><pre><code>{text}</code></pre>")
    key = (
        "This server asks for an API key: add <code>Authorization: &lt;key&gt;</code> "
        "(<code>OPIK_API_KEY</code> for the Opik SDK and LiteLLM)."
        if keys_required
        else "No key is needed: this server listens on this machine only."
    )
    parts.append(f"<h2>Keys</h2><p>{key}</p>")
    parts.append("<h2>Sample data</h2><pre><code>sightline demo</code></pre>")
    parts.append(
        "<h2>API</h2><p><a href='/api/schema/openapi.json'>OpenAPI document</a> · "
        "<a href='/health'>health</a> · <a href='/metrics'>metrics</a></p></main></body></html>"
    )
    return "".join(parts).encode()


def _trace_links(trace: str) -> str:
    """Say where the trace of a link is to be read without screens."""
    id = html.escape(quote(trace, safe=""), quote=True)
    return (
        f"<p>The trace of this link: <a href='/api/v1/private/traces/{id}'>trace</a> · "
        f"<a href='/api/v1/private/spans?trace_id={id}&amp;size=1000'>spans</a></p>"
    )
