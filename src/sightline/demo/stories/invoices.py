"""A nightly job that reads invoices into fields with a model of the company's own."""

import json
import random

import msgspec

from sightline.core.clock import format_us
from sightline.demo.book import Book, Json, Telling, failure
from sightline.demo.grammar import Grammar
from sightline.demo.models import FLASH, OWN
from sightline.demo.words import load

PROJECT = "demo-invoices"
_DAY_US = 86_400_000_000
_SYSTEM = "Read the invoice into JSON: seller, number, date, lines, net, vat, total, terms."


class Words(msgspec.Struct, frozen=True):
    rules: dict[str, list[str]]


_WORDS = load("invoices", Words)


def invoice(book: Book, rng: random.Random, number: int, start_us: int) -> str:
    """Tell how one invoice is read; returns the trace's id."""
    words = Grammar(_WORDS.rules, rng)
    day = format_us(start_us - rng.randint(1, 25) * _DAY_US)[:10]
    fields = _fields(words, rng, day)
    text = _text(fields, words)
    telling = Telling(
        book,
        rng,
        project=PROJECT,
        name="read_invoice",
        key=f"invoice-{number}",
        start_us=start_us,
        environment="batch",
    )
    telling.trace.say(
        input={"file": f"{fields['number'].replace('/', '-')}.pdf", "text": text},
        metadata={"job": "nightly-invoices", "page_count": rng.choice([1, 1, 1, 2, 3])},
    )
    # A scan that the small model cannot make out goes to a larger one.
    hard = rng.random() < 0.12
    messages: list[Json] = [
        {"role": "system", "content": _SYSTEM},
        {"role": "user", "content": text},
    ]
    answer = dict(fields)
    if hard:
        answer["total"] = round(answer["total"] * 10, 2)
    telling.llm("extract", OWN, messages, json.dumps(answer, ensure_ascii=False))
    adds_up = _check(telling, answer)
    if not adds_up:
        answer = dict(fields)
        telling.llm("extract_again", FLASH, messages, json.dumps(answer, ensure_ascii=False))
        adds_up = _check(telling, answer)
    if rng.random() < 0.02:
        error = failure(
            "PermissionError",
            f"ledger is closed for the period {day[:7]}",
            ("/jobs/invoices.py", 73, "read_invoice", "ledger.post(entry)"),
            ("/jobs/ledger.py", 118, "post", "raise PermissionError(text)"),
        )
        with telling.step("post_to_ledger", "tool", input={"number": fields["number"]}) as step:
            telling.wait(40)
            step.say(error_info=error)
        return telling.finish(output=answer, error_info=error, tags=["ledger"])
    with telling.step("post_to_ledger", "tool", input={"number": fields["number"]}) as step:
        telling.wait(rng.uniform(20, 80))
        step.say(output={"entry": rng.randrange(40_000, 90_000)})
    trace = telling.finish(output=answer, tags=["re-read"] if hard else [])
    book.score(
        "trace",
        trace,
        PROJECT,
        "adds_up",
        float(adds_up),
        author="rule",
        category_name="yes" if adds_up else "no",
        reason="Net and VAT make the total.",
    )
    return trace


def _check(telling: Telling, answer: Json) -> bool:
    good: bool = abs(answer["net"] + answer["vat"] - answer["total"]) < 0.02
    with telling.step(
        "check_sums", "tool", input={k: answer[k] for k in ("net", "vat", "total")}
    ) as s:
        telling.wait(telling.rng.uniform(1, 4))
        s.say(output={"adds_up": good})
    return good


def _fields(words: Grammar, rng: random.Random, day: str) -> Json:
    lines: list[Json] = [
        {"text": ware, "count": rng.randint(1, 24), "price": round(rng.lognormvariate(3.2, 0.9), 2)}
        for ware in words.some("ware", rng.randint(1, 6))
    ]
    net = round(sum(line["count"] * line["price"] for line in lines), 2)
    vat = round(net * rng.choice([0.19, 0.2, 0.21, 0.22]), 2)
    return {
        "seller": words.one("seller"),
        "number": f"{rng.choice(['R', 'INV', 'F', '26'])}/{rng.randrange(1000, 99999)}",
        "date": day,
        "lines": lines,
        "net": net,
        "vat": vat,
        "total": round(net + vat, 2),
        "terms": words.one("terms"),
    }


def _text(fields: Json, words: Grammar) -> str:
    rows = [f"{n['count']:>4} x {n['text']:<28} {n['price']:>10.2f}" for n in fields["lines"]]
    head = [
        fields["seller"],
        words.one("street"),
        "",
        f"INVOICE {fields['number']}",
        fields["date"],
    ]
    sums = [f"net {fields['net']:.2f}", f"VAT {fields['vat']:.2f}", f"TOTAL {fields['total']:.2f}"]
    return "\n".join([*head, "", *rows, "", *sums, fields["terms"], words.one("note")]).strip()
