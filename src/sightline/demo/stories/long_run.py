"""One trace of 2,000 spans: a research agent that worked for an hour, with agents below it."""

import random
from collections.abc import Callable

from sightline.demo.book import Book, Telling, failure
from sightline.demo.grammar import Grammar
from sightline.demo.models import GPT_5_MINI, HAIKU, SONNET, Model

PROJECT = "demo-travel-agent"
SPANS = 2000

_RULES = {
    "region": [
        "the Basque coast",
        "Upper Carniola",
        "the Outer Hebrides",
        "Puglia",
        "Jutland",
        "the Massif Central",
        "Silesia",
        "the Algarve",
        "Hardanger",
        "the Vosges",
    ],
    "matter": [
        "night trains",
        "ferries for cars",
        "campsites that open in winter",
        "bicycle rooms",
        "markets on weekdays",
        "paths without steps",
        "hostels with kitchens",
        "bridges closed for repairs",
        "prices of day passes",
    ],
    "source": [
        "timetable",
        "regional guide",
        "operator's notice",
        "forum of cyclists",
        "tourist office",
        "map of paths",
    ],
    "find": [
        "What is known about {matter} in {region}?",
        "Compare {matter} in {region} and {region}.",
        "Is the {source} right about {matter} in {region}?",
    ],
    "note": [
        "The {source} of {region} names {number} places for {matter}; two of them are closed.",
        "For {matter} in {region} the {source} gives {number} euros since spring.",
        "No {source} speaks of {matter} in {region}; the nearest is {number} km away.",
        "{region}: {matter} from {number} o'clock, says the {source}, not on Sundays.",
    ],
    "number": ["7", "12", "19", "23", "31", "38", "44"],
}


def research(book: Book, rng: random.Random, start_us: int) -> str:
    """Tell the trace; returns its id."""
    words = Grammar(_RULES, rng)
    telling = Telling(
        book,
        rng,
        project=PROJECT,
        name="research_guide",
        key="research",
        start_us=start_us,
        environment="production",
    )
    telling.trace.say(input={"task": "Write a guide to travelling slowly in ten regions."})
    begun = len(book.spans)

    def left() -> int:
        return SPANS - (len(book.spans) - begun)

    chapter = 0
    with telling.step("lead_agent", input={"regions": _RULES["region"]}) as lead:
        while left() > 1:
            chapter += 1
            with telling.step(f"chapter {chapter}", input={"goal": words.one("find")}) as step:
                if left():
                    _say(telling, words, "plan_chapter", SONNET)
                while left() and rng.random() > 0.04:
                    _question(telling, words, left)
                step.say(output={"notes": words.some("note", 3)})
        lead.say(output={"chapters": chapter})
    trace = telling.finish(
        output={"guide": " ".join(words.some("note", 12))},
        tags=["long", "research"],
        metadata={"agents": chapter + 1},
    )
    book.highlights.append((f"A trace of {SPANS:,} spans", trace))
    return trace


def _question(telling: Telling, words: Grammar, left: Callable[[], int]) -> None:
    """A sub-agent: asks, looks in some places, sums up."""
    rng = telling.rng
    asked = words.one("find")
    with telling.step("sub_agent", input={"question": asked}) as step:
        for _ in range(min(rng.randint(2, 7), left())):
            source = words.one("source")
            with telling.step(f"open {source}", "tool", input={"source": source}) as page:
                telling.wait(rng.lognormvariate(5, 0.7))
                if rng.random() < 0.03:
                    page.say(
                        error_info=failure(
                            "HTTPError",
                            f"503 from the {source}",
                            ("/srv/research/fetch.py", 29, "open", "response.raise_for_status()"),
                        )
                    )
                else:
                    page.say(output={"text": " ".join(words.some("note", 4))})
        if left():
            _say(telling, words, "sum_up", rng.choice([GPT_5_MINI, HAIKU]))
        step.say(output={"note": words.one("note")})


def _say(telling: Telling, words: Grammar, name: str, model: Model) -> None:
    messages = [{"role": "user", "content": " ".join(words.some("note", 5))}]
    telling.llm(name, model, list(messages), words.one("note"), cached=0.5)
