"""A bot that reviews changes: reads a diff, asks two models, writes remarks as JSON."""

import difflib
import json
import random

import msgspec

from sightline.demo.book import Book, Json, Telling, failure
from sightline.demo.grammar import Grammar
from sightline.demo.models import FLASH, GPT_5_MINI, MISTRAL, SONNET
from sightline.demo.words import load

PROJECT = "demo-code-review"
_SYSTEM = "You review a change. Answer with JSON: verdict, and remarks with file, line and text."


class Change(msgspec.Struct, frozen=True):
    language: str
    file: str
    before: str
    after: str
    remarks: list[str]


class Words(msgspec.Struct, frozen=True):
    rules: dict[str, list[str]]
    repositories: list[str]
    changes: list[Change]


_WORDS = load("review", Words)


def review(book: Book, rng: random.Random, number: int, start_us: int) -> str:
    """Tell one review; returns the trace's id."""
    words = Grammar(_WORDS.rules, rng)
    changes = rng.sample(_WORDS.changes, rng.choice([1, 1, 2, 3]))
    title, pull = words.one("title"), rng.randrange(300, 4200)
    telling = Telling(
        book,
        rng,
        project=PROJECT,
        name="review_change",
        key=f"review-{number}",
        start_us=start_us,
        environment="production",
    )
    telling.trace.say(
        input={"repository": rng.choice(_WORDS.repositories), "pull_request": pull, "title": title},
        metadata={"commit": f"{rng.getrandbits(80):020x}", "files": [c.file for c in changes]},
        tags=sorted({c.language for c in changes}),
    )
    remarks: list[Json] = []
    with telling.step("read_diff", "tool", input={"pull_request": pull}) as step:
        telling.wait(rng.lognormvariate(5, 0.4))
        step.say(output={"diff": "\n".join(_diff(c, rng) for c in changes)})
    for change in changes:
        try:
            remarks += _read(telling, change, words, rng)
        except ValueError:
            return telling.finish(error_info=_broken_answer(), tags=["broken-answer"])
    verdict = words.one("verdict") if remarks else "approve"
    summary = {"verdict": verdict, "remarks": remarks, "praise": words.one("praise")}
    with telling.step("post_review", "tool", input={"verdict": verdict}) as step:
        telling.wait(rng.lognormvariate(5.2, 0.3))
        step.say(output={"posted": len(remarks)})
    trace = telling.finish(output=summary)
    if rng.random() < 0.3:
        kept = rng.randint(0, len(remarks))
        book.score(
            "trace",
            trace,
            PROJECT,
            "remarks_kept",
            float(kept),
            source="ui",
            author=rng.choice(["wen", "carla"]),
            reason="Counted when the change was merged.",
        )
    return trace


def _read(telling: Telling, change: Change, words: Grammar, rng: random.Random) -> list[Json]:
    model = rng.choices((SONNET, GPT_5_MINI, FLASH, MISTRAL), (4, 3, 2, 2))[0]
    diff = _diff(change, rng)
    line = rng.randint(12, 240)
    found = [
        {"file": change.file, "line": line + 3 * n, "text": text}
        for n, text in enumerate(rng.sample(change.remarks, rng.randint(1, len(change.remarks))))
    ]
    answer = json.dumps({"remarks": found}, indent=1)
    broken = rng.random() < 0.02
    messages: list[Json] = [
        {"role": "system", "content": _SYSTEM},
        {"role": "user", "content": f"```diff\n{diff}\n```"},
    ]
    with telling.step(f"review {change.file}", input={"file": change.file}) as step:
        step.say(output={"remarks": len(found)})
        if broken:
            answer = answer[: len(answer) // 2]
            step.say(error_info=_broken_answer(), output=None)
        call = telling.llm("find_faults", model, messages, answer, cached=0.2)
    if broken:
        raise ValueError(change.file)
    if rng.random() < 0.25:
        telling.book.score(
            "span",
            call.id,
            PROJECT,
            "specific",
            round(rng.uniform(0.4, 1), 2),
            author="judge",
            source="online_scoring",
        )
    return found


def _diff(change: Change, rng: random.Random) -> str:
    above = [f"# {rng.choice(_WORDS.rules['thing'])}", ""]
    before, after = ([*above, *text.split("\n")] for text in (change.before, change.after))
    return "\n".join(
        difflib.unified_diff(before, after, f"a/{change.file}", f"b/{change.file}", lineterm="")
    )


def _broken_answer() -> Json:
    return failure(
        "JSONDecodeError",
        "Unterminated string starting at: line 6 column 12 (char 187)",
        ("/app/reviewer/main.py", 44, "review_change", "remarks = parse(answer)"),
        ("/app/reviewer/parse.py", 19, "parse", "return json.loads(answer)['remarks']"),
    )
