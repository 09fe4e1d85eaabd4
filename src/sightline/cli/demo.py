"""`sightline demo`: fills a server with two weeks of believable traffic."""

import argparse
import base64
import time
from typing import Any
from urllib.parse import urlencode

_DAY_US = 86_400_000_000


def add(verbs: Any) -> None:
    parser = verbs.add_parser("demo", help="send two weeks of believable traffic to a server")
    parser.add_argument("--url", default="http://localhost:5173", help="the server's address")
    parser.add_argument("--api-key", help="where the server asks for one")
    parser.add_argument("--workspace", help="the key's workspace")
    parser.add_argument("--seed", type=int, default=7, help="another number tells other stories")
    parser.add_argument(
        "--again", action="store_true", help="add a second set beside one that is there"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make the traffic up, send it, and say what to look at."""
    from sightline.core.clock import SystemClock
    from sightline.demo import plan, send
    from sightline.demo.client import Client

    begun = time.monotonic()
    client = Client(args.url, args.api_key, args.workspace)
    until_us, salt = send.anchor(client, SystemClock().now_us(), again=args.again)
    book = plan.tell(args.seed, until_us, salt)
    days = send.period(until_us - plan.DAYS * _DAY_US, until_us)
    print(f"Sending {days} to {client.url}", flush=True)
    send.prepare(client, until_us)
    send.send(client, book, lambda text: print(text, flush=True))
    print(f"\nDone in {time.monotonic() - begun:.1f} s. Look at:\n")
    print(f"  all of it            {client.url}")
    for text, trace in book.highlights:
        print(f"  {text}\n    {_link(client, trace)}")
    projects = ", ".join(plan.PROJECTS)
    print(f"\nProjects: {projects}. Sending it once more changes nothing;")
    print("`sightline demo --again` adds a second set.")
    return 0


def _link(client: Any, trace: str) -> str:
    """Return the address that Opik's own clients print for a trace."""
    query = {
        "trace_id": trace,
        "workspace_name": client.workspace or "default",
        "path": base64.urlsafe_b64encode(f"{client.url}/api/".encode()).decode(),
    }
    return f"{client.url}/api/v1/session/redirect/projects?{urlencode(query)}"
