"""The questions that people ask of a full store, as the screens and Opik's client ask them."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from benchmarks.asking import Client, Question
from benchmarks.payloads import now_us, stamp
from benchmarks.straight import PROJECT
from benchmarks.straight_sql import COMMON, DAYS, RARE
from sightline.core.errors import InvalidRequestError
from sightline.services.query import metrics, series
from sightline.services.query.table import sortable

ENTITIES = ("trace", "span", "thread")
_DAY_US = 86_400_000_000
_OPIK = {"trace": "traces", "span": "spans", "thread": "traces/threads"}
# The columns that the tables show first (ui/src/features/logs), payloads apart as the screen asks.
_NARROW = {
    "trace": "start_time,end_time,name,error_type,duration,usage.total_tokens,"
    "total_estimated_cost,feedback_scores.accuracy,feedback_scores.tone,tags",
    "span": "start_time,end_time,name,type,error_type,duration,model,usage.total_tokens,"
    "total_estimated_cost,feedback_scores.relevance,tags",
    "thread": "start_time,id,number_of_messages,duration,usage.total_tokens,total_estimated_cost,"
    "status,feedback_scores.helpful,tags",
}
_WIDE = {
    "trace": "input,output",
    "span": "input,output",
    "thread": "first_message,last_message",
}
_SCORES = {"trace": "accuracy", "span": "relevance", "thread": "helpful"}
_KEYS = {
    "usage": "total_tokens",
    "feedback_scores": "",
    "span_feedback_scores": "relevance",
    "metadata": "user_id",
}
_FOUND = ("id", "string", "list", "enum", "time")
_BREAKDOWNS = ("none", "model", "tags")
# What the screens show before anybody chooses: 14 days.
_SHOWN_DAYS = 14


class Place(NamedTuple):
    """The large project, and what is known of rows in it."""

    project: str
    first_us: int
    samples: dict[str, dict[str, Any]]
    trace_ids: tuple[str, ...]
    span_ids: tuple[str, ...]
    thread_ids: tuple[str, ...]

    @property
    def console(self) -> str:
        return f"/api/console/projects/{self.project}"

    def since(self, days: float) -> str:
        return stamp(
            max(self.first_us, now_us() - round(days * _DAY_US)) // 60_000_000 * 60_000_000
        )


def place_of(client: Client) -> Place:
    """Find the project, and rows all over it."""
    page = client.json("/api/v1/private/projects", {"name": PROJECT, "size": 100})
    project = next(p["id"] for p in page["content"] if p["name"] == PROJECT)
    console = f"/api/console/projects/{project}"
    samples, ids = {}, {}
    for entity in ENTITIES:
        found = []
        for offset in (0, 400, 1_500, 4_000, 12_000):
            rows = client.json(
                f"{console}/rows",
                {
                    "entity": entity,
                    "columns": f"id,{_NARROW[entity]}" + (",trace_id" if entity == "span" else ""),
                    "limit": 20,
                    "offset": offset,
                },
            )["rows"]
            found += rows
        samples[entity] = found[0]
        ids[entity] = tuple(row["id"] for row in found)
    return Place(
        project, now_us() - DAYS * _DAY_US, samples, ids["trace"], ids["span"], ids["thread"]
    )


def goals(client: Client, place: Place) -> Iterator[Question]:
    """What DESIGN's numbers are about."""
    for entity in ("trace", "span", "thread"):
        for days in (_SHOWN_DAYS, None):
            when = f"{days} days" if days else "all time"
            yield rows(place, f"first page of {entity}s, {when}", entity, days=days)
        yield rows(place, f"first page of {entity}s, payloads", entity, columns=_WIDE[entity])
    yield Question(
        "Opik: first page of traces",
        "/api/v1/private/traces",
        {"project_name": PROJECT, "size": 25},
    )
    yield Question(
        "Opik: first page of spans", "/api/v1/private/spans", {"project_name": PROJECT, "size": 25}
    )
    yield Question(
        "Opik: first page of threads",
        "/api/v1/private/traces/threads",
        {"project_name": PROJECT, "size": 25},
    )
    for name, ids in (("trace", place.trace_ids), ("span", place.span_ids)):
        for face, base in (("Opik: ", "/api/v1/private"), ("", "/api/console")):
            paths = tuple(f"{base}/{name}s/{id}" for id in ids)
            yield Question(f"{face}one {name} by id", paths[0], kinds=paths)
    paths = tuple(f"/api/console/traces/{id}/tree" for id in place.trace_ids)
    yield Question("tree of a trace, 10 spans", paths[0], kinds=paths)
    yield Question(
        "Opik: one thread",
        "/api/v1/private/traces/threads/retrieve",
        body={"project_id": place.project, "thread_id": place.thread_ids[0]},
    )
    for entity in ENTITIES:
        for days in (_SHOWN_DAYS, None):
            params: dict[str, object] = {"project_id": place.project}
            if days:
                params["from_time"] = place.since(days)
            yield Question(
                f"statistics of {entity}s, {f'{days} days' if days else 'all time'}",
                f"/api/v1/private/{_OPIK[entity]}/stats",
                params,
            )
    yield from words(client, place)


def words(client: Client, place: Place) -> Iterator[Question]:
    del client
    for entity in ("trace", "span", "thread"):
        yield rows(place, f"a rare word anywhere, {entity}s", entity, RARE)
        yield rows(place, f"a word nobody said, {entity}s", entity, "qxzjvwk")
        yield rows(place, f"a common word, {entity}s", entity, COMMON)
    yield rows(place, "a rare word in the input, spans", "span", f"input:{RARE}")
    yield figures(place, "summary of a rare word, spans", "summary", "span", RARE)
    yield figures(place, "summary of a common word, spans", "summary", "span", COMMON)
    yield Question(
        "Opik: a rare word, spans",
        "/api/v1/private/spans",
        {"project_name": PROJECT, "size": 25, "search": RARE},
    )


def filters(client: Client, place: Place) -> Iterator[Question]:
    """Each field of each table: one that finds some, and one that finds nothing."""
    for entity in ENTITIES:
        for label, condition in _conditions(client, place, entity):
            yield rows(place, f"{entity}s, {label}", entity, condition)
        for condition in _vain(client, place, entity):
            yield rows(place, f"{entity}s, {condition}", entity, condition)


def filtered_figures(client: Client, place: Place) -> Iterator[Question]:
    """The figures above a table while a filter is on."""
    for entity in ENTITIES:
        for label, condition in _conditions(client, place, entity):
            yield figures(place, f"summary of {entity}s, {label}", "summary", entity, condition)


def _fields(client: Client, place: Place, entity: str) -> list[dict[str, Any]]:
    path = f"{place.console}/query/fields"
    found: list[dict[str, Any]] = client.json(path, {"entity": entity})["fields"]
    return found


def _conditions(client: Client, place: Place, entity: str) -> Iterator[tuple[str, str]]:
    """Yield a condition of each field, and what it is called in every store: a value that was
    found in this one is left out."""
    for field in _fields(client, place, entity):
        name = field["short"] or field["name"]
        key = _KEYS.get(field["name"], "")
        if field["name"] == "feedback_scores":
            key = _SCORES[entity]
        if field["keyed"] and key:
            name = f"{name}.{key}"
        value = _value(client, place, entity, field, name)
        if value is not None:
            is_found = field["kind"] in _FOUND and not field["values"]
            label = f"{value[0]}…" if is_found else value
            yield f"{name}{label}", f"{name}{value}"


def _value(
    client: Client, place: Place, entity: str, field: dict[str, Any], name: str
) -> str | None:
    kind = field["kind"]
    if field["values"]:
        return f":{field['values'][0]}"
    if kind == "text":
        return f":{COMMON}"
    if kind == "id":
        sample = place.samples[entity]
        if field["name"] == "parent_span_id":
            return f":{sample['id']}"
        # A thread has an id of its own beside the one that people gave it.
        found_id = sample.get(field["name"])
        return f":{found_id}" if found_id else None
    fixed = {
        "number": ">100" if "usage" in name or "tokens" in name else ">3",
        "duration": ">2s",
        "cost": ">0.001",
        "time": f"<{place.since(7)}",
        "score": ">0.5",
    }
    if kind in fixed:
        return fixed[kind]
    if kind == "dictionary":
        return ":u-17"
    found = client.json(
        f"{place.console}/query/values",
        {"entity": entity, "field": field["name"], "limit": 3, "from": place.since(3)},
    )["values"]
    if found:
        return f":{json.dumps(found[0]['value'])}"
    return ":prod"


def _vain(client: Client, place: Place, entity: str) -> Iterator[str]:
    """What nothing fits, so that all is looked through."""
    for field in _fields(client, place, entity):
        name = field["short"] or field["name"]
        if field["kind"] in {"string", "list", "text"} and not field["values"]:
            yield f"{name}:qxzjvwk"
        elif field["name"] == "duration":
            yield f"{name}>9h"
        elif field["name"] == "total_estimated_cost":
            yield f"{name}>900"
    yield "tags:prod AND -tags:prod"


def sorts(client: Client, place: Place) -> Iterator[Question]:
    """Each column by which a table sorts, the largest first; and some the smallest first."""
    del client
    for entity in ENTITIES:
        for name in sortable(entity):  # type: ignore[arg-type]
            head = name.removesuffix(".*")
            if head != name:
                key = _SCORES[entity] if head == "feedback_scores" else _KEYS[head]
                name = f"{head}.{key}"
            yield rows(place, f"{entity}s by -{name}", entity, sort=f"-{name}")
            if head in {"start_time", "name", "duration"}:
                yield rows(place, f"{entity}s by {name}", entity, sort=name)
        sort = "-duration"
        yield rows(place, f"{entity}s by {sort}, 14 days", entity, sort=sort, days=_SHOWN_DAYS)
        yield rows(place, f"{entity}s by {sort}, errors alone", entity, _failed(entity), sort=sort)


def _failed(entity: str) -> str:
    return "status:error" if entity != "thread" else "status:inactive"


def deep(client: Client, place: Place) -> Iterator[Question]:
    """As deep as the table scrolls (50,000 rows), and Opik's page 4,000."""
    del client
    for entity in ENTITIES:
        for offset in (1_000, 10_000, 49_900):
            yield rows(place, f"{entity}s from row {offset:,}", entity, offset=offset)
        yield rows(
            place,
            f"{entity}s by -duration from row 49,900",
            entity,
            sort="-duration",
            offset=49_900,
        )
        yield rows(
            place, f"failed {entity}s from row 10,000", entity, _failed(entity), offset=10_000
        )
        for page in (200, 4_000):
            yield Question(
                f"Opik: page {page:,} of {entity}s",
                f"/api/v1/private/{_OPIK[entity]}",
                {"project_name": PROJECT, "size": 25, "page": page},
            )


def facets(client: Client, place: Place) -> Iterator[Question]:
    """The values beside a table, all at once as the screen asks, and one by one."""
    for entity in ENTITIES:
        for days in (_SHOWN_DAYS, None):
            when = f"{days} days" if days else "all time"
            yield figures(place, f"facets of {entity}s, {when}", "facets", entity, days=days)
        yield figures(place, f"facets of {entity}s, a filter on", "facets", entity, _failed(entity))
        found = client.json(f"{place.console}/facets", {"entity": entity})["facets"]
        for facet in found:
            yield figures(
                place, f"facet {facet['field']} of {entity}s", "facets", entity,
                fields=facet["field"],
            )  # fmt: skip
        yield figures(
            place, f"completion of names, {entity}s", "query/values", entity,
            field="name" if entity != "thread" else "tags", prefix="an",
        )  # fmt: skip
        yield Question(
            f"fields of the query, {entity}s", f"{place.console}/query/fields", {"entity": entity}
        )
        yield Question(
            f"columns there are, {entity}s", f"{place.console}/columns", {"entity": entity}
        )


def projects(client: Client, place: Place) -> Iterator[Question]:
    """The list of projects with its figures."""
    del client
    since = {"from": place.since(DAYS), "size": 50}
    yield Question("projects with figures, 30 days", "/api/console/projects", since)
    yield Question("projects with figures, all time", "/api/console/projects", {"size": 50})
    for name in ("name", "-traces", "-total_cost", "-errors", "-duration_p50"):
        yield Question(f"projects by {name}", "/api/console/projects", {**since, "sort": name})
    yield Question("projects by name, contained", "/api/console/projects", {**since, "search": "0"})
    yield Question(
        "names of projects, lately used first",
        "/api/v1/private/projects",
        {"size": 100, "sorting": '[{"field":"last_updated_trace_at","direction":"DESC"}]'},
    )
    yield Question("Opik: statistics of projects", "/api/v1/private/projects/stats", {"size": 50})
    yield Question("what a project holds", f"{place.console}/contents")


def slices(client: Client, place: Place) -> Iterator[Question]:
    """The figures and the bars above a table."""
    del client
    for entity in ENTITIES:
        for days in (1, _SHOWN_DAYS, None):
            when = f"{days} days" if days else "all time"
            yield figures(place, f"summary of {entity}s, {when}", "summary", entity, days=days)
            yield figures(
                place, f"histogram of {entity}s, {when}", "histogram", entity, days=days,
                figures="none",
            )  # fmt: skip
        yield figures(place, f"histogram of {entity}s, all figures", "histogram", entity)


def charts(client: Client, place: Place) -> Iterator[Question]:
    """Each metric over 30 days: the page of metrics, then Opik's."""
    del client
    for entity in ENTITIES:
        for metric in series.METRICS:
            for breakdown in _BREAKDOWNS:
                asked = series.Asked(
                    metric=metric, breakdown="" if breakdown == "none" else breakdown
                )
                if not _can_be(entity, asked):
                    continue
                by = "" if breakdown == "none" else f" by {breakdown}"
                yield figures(
                    place, f"{metric} of {entity}s{by}", "series", entity, days=DAYS,
                    metric=metric, breakdown=breakdown, buckets=60, top=7,
                    score=_SCORES[entity] if metric == "feedback_scores" and by else "",
                )  # fmt: skip
    for name in metrics.METRICS:
        for interval in ("DAILY", "HOURLY") if name.endswith("COUNT") else ("DAILY",):
            yield Question(
                f"Opik: {name}, {interval}",
                f"/api/v1/private/projects/{place.project}/metrics",
                body={
                    "metric_type": name,
                    "interval": interval,
                    "interval_start": place.since(DAYS),
                },
            )
    for name in ("traces", "spans", "threads"):
        yield Question(
            f"Opik: key figures of {name}",
            f"/api/v1/private/projects/{place.project}/kpi-cards",
            body={"entity_type": name, "interval_start": place.since(15)},
        )


def _can_be(entity: str, asked: series.Asked) -> bool:
    try:
        series._check(entity, asked)  # type: ignore[arg-type]
    except InvalidRequestError:
        return False
    return True


def exports(client: Client, place: Place) -> Iterator[Question]:
    """Until the first bytes of a file of all there is."""
    del client
    for entity in ENTITIES:
        for format in ("csv", "jsonl", "parquet"):
            params = {"entity": entity, "format": format}
            if format != "jsonl":
                params["columns"] = f"id,{_NARROW[entity]}"
            yield Question(
                f"export of {entity}s as {format}", f"{place.console}/export", params, is_cut=True
            )
    params = {"entity": "trace", "format": "jsonl", "spans": "true"}
    yield Question("export of traces with spans", f"{place.console}/export", params, is_cut=True)
    params = {"entity": "trace", "format": "csv", "sort": "-duration", "columns": "id,duration"}
    yield Question("export, sorted", f"{place.console}/export", params, is_cut=True)


def rows(
    place: Place,
    what: str,
    entity: str,
    query: str = "",
    *,
    days: int | None = None,
    columns: str | None = None,
    sort: str = "-start_time",
    offset: int = 0,
) -> Question:
    """Ask for a page of a table: of all time unless `days`."""
    params: dict[str, object] = {
        "entity": entity,
        "query": query,
        "columns": columns or f"id,{_NARROW[entity]}",
        "sort": sort,
        "limit": 100,
        "offset": offset,
        "preview": 500,
    }
    if days:
        params["from"] = place.since(days)
    return Question(what, f"{place.console}/rows", params)


def figures(
    place: Place,
    what: str,
    path: str,
    entity: str,
    query: str = "",
    *,
    days: int | None = None,
    **more: object,
) -> Question:
    """Ask for figures of a slice."""
    params: dict[str, object] = {"entity": entity, "query": query, **more}
    if days:
        params["from"] = place.since(days)
    return Question(what, f"{place.console}/{path}", params)
