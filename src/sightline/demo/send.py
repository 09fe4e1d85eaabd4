"""Sends a book through the HTTP face, in the order and the batches of a real client."""

import json
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sightline.core.clock import format_us
from sightline.core.errors import NotFoundError, SightlineError
from sightline.demo.book import Book, Comment, Json
from sightline.demo.client import Client
from sightline.demo.plan import ENVIRONMENTS, PROJECTS

_CONNECTIONS = 4
_BATCH = 250
_COMMENTS: tuple[str, ...] = (
    "Checked with the customer: the answer was right.",
    "The passage it used is out of date, see the handbook's page on delivery.",
    "Same trouble as on Tuesday. I have told the people of the fares service.",
    "Good example for the next training round.",
    "Why did it ask for the order number twice?",
)
Progress = Callable[[str], None]
Moved = Callable[[int], None]


def anchor(client: Client, now_us: int, *, again: bool) -> tuple[int, str]:
    """Return the end of the two weeks and the salt of ids: those of the set that is there.

    The first project's description remembers them, so that a second run sends the same again.
    """
    first = next(iter(PROJECTS))
    now_us -= now_us % 60_000_000
    try:
        found = client.send("POST", "projects/retrieve", {"name": first})
        memory = json.loads((found.get("description") or "").rpartition("demo:")[2] or "null")
    except (NotFoundError, ValueError):
        memory = None
    if isinstance(memory, int) and not again:
        return memory * 60_000_000, "first"
    if isinstance(memory, int):
        return now_us, f"again-{now_us}"
    return now_us, "first"


def prepare(client: Client, until_us: int) -> None:
    """Make the projects and environments, unless they are there."""
    for name, text in PROJECTS.items():
        body = {"name": name, "description": f"{text}. Made up; demo:{until_us // 60_000_000}"}
        _unless_there(client, "projects", body)
    for place, (name, text) in enumerate(ENVIRONMENTS.items()):
        _unless_there(
            client, "environments", {"name": name, "description": text, "position": place}
        )


def count(book: Book) -> int:
    """Return how many items `send` will say it has moved."""
    entities = len(book.traces) + len(book.spans)
    scores = sum(len(some) for some in book.scores.values())
    comments = sum(1 for _ in _comments(book))
    return entities + scores + len(book.guardrails) + len(book.files) + comments


def send(client: Client, book: Book, progress: Progress, moved: Moved = lambda count: None) -> None:
    """Send everything; a second time it changes nothing.

    `progress` gets lines for people; `moved` the number of items just sent, from any thread. It
    ends the sending by raising, and is asked before each batch, too.
    """
    begun = time.monotonic()
    with ThreadPoolExecutor(_CONNECTIONS, "demo") as pool:

        def all_of(what: str, method: str, path: str, key: str, items: list[Json]) -> None:
            batches = [items[i : i + _BATCH] for i in range(0, len(items), _BATCH)]

            def one(batch: list[Json]) -> None:
                moved(0)
                client.send(method, path, {key: batch})
                moved(len(batch))

            list(pool.map(one, batches))
            progress(f"{len(items):>7,} {what:<22} {time.monotonic() - begun:6.1f} s")

        all_of("traces", "POST", "traces/batch", "traces", book.traces)
        all_of("spans", "POST", "spans/batch", "spans", book.spans)
        for entity, path in (("trace", "traces"), ("span", "spans"), ("thread", "traces/threads")):
            scores = book.scores[entity]
            all_of(f"scores on {entity}s", "PUT", f"{path}/feedback-scores", "scores", scores)
        all_of("guardrail results", "POST", "guardrails", "guardrails", book.guardrails)
    for file in book.files:
        client.upload(file.entity, file.id, file.project, file.name, file.mime_type, file.data)
        moved(1)
    progress(f"{len(book.files):>7,} {'attachments':<22} {time.monotonic() - begun:6.1f} s")
    sent = 0
    for comment in _comments(book):
        sent += _comment(client, comment)
        moved(1)
    progress(f"{sent:>7,} {'comments':<22} {time.monotonic() - begun:6.1f} s")


def _comments(book: Book) -> Iterable[Comment]:
    """Some traces, spans and threads that people have talked about."""
    yield from book.comments
    failed = [t for t in book.traces if t.get("error_info")]
    for place, trace in enumerate([*failed[:6], *book.traces[40:1000:110]]):
        text = _COMMENTS[place % len(_COMMENTS)]
        yield Comment("trace", trace["id"], trace["project_name"], text)
    for place, score in enumerate(book.scores["thread"][::12]):
        text = _COMMENTS[(place + 3) % len(_COMMENTS)]
        yield Comment("thread", score["thread_id"], score["project_name"], text)
    for place, span in enumerate([s for s in book.spans if s.get("error_info")][::40]):
        text = _COMMENTS[(place + 2) % len(_COMMENTS)]
        yield Comment("span", span["id"], span["project_name"], text)


def _comment(client: Client, comment: Comment) -> bool:
    """Add a comment unless its text is there; Opik's route has no id of the client's."""
    if comment.entity == "thread":
        body = {"thread_id": comment.id, "project_name": comment.project}
        found: Any = client.send("POST", "traces/threads/retrieve", body)
        id, path = found["thread_model_id"], "traces/threads"
    else:
        id, path = comment.id, f"{comment.entity}s"
        found = client.send("GET", f"{path}/{id}")
    if any(c["text"] == comment.text for c in found.get("comments") or []):
        return False
    client.send("POST", f"{path}/{id}/comments", {"text": comment.text})
    return True


def _unless_there(client: Client, path: str, body: Json) -> None:
    try:
        client.send("POST", path, body)
    except SightlineError as error:
        if "answered 409" not in error.message:
            raise


def period(since_us: int, until_us: int) -> str:
    """Return the days in words."""
    return f"{format_us(since_us)[:10]} to {format_us(until_us)[:10]}"
