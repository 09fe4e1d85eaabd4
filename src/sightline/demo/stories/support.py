"""A shop's assistant: finds passages, ranks them, answers; alone or in conversations."""

import random

import msgspec

from sightline.demo.book import Book, File, Json, Telling, failure
from sightline.demo.grammar import Grammar
from sightline.demo.models import EMBEDDING, FLASH, GPT_4O_MINI, GPT_5_MINI, HAIKU, Model
from sightline.demo.picture import cracked_jug
from sightline.demo.words import load

PROJECT = "demo-support"
_SYSTEM = (
    "You answer customers of Kettle & Finch, a shop for kitchen things. Use only the passages"
    " given. Be kind and brief, give the next step, and never promise what they do not say."
)
_MODELS: tuple[Model, ...] = (GPT_5_MINI, GPT_4O_MINI, HAIKU, FLASH)
_WEIGHTS = (5, 3, 3, 2)
_REVIEWERS = ("maren", "tobias", "yusuf")


class Topic(msgspec.Struct, frozen=True):
    """One subject: questions of customers, passages of the handbook, answers, further questions."""

    name: str
    page: str
    questions: list[str]
    passages: list[str]
    answers: list[str]
    further: list[tuple[str, str]]


class Words(msgspec.Struct, frozen=True):
    rules: dict[str, list[str]]
    topics: list[Topic]
    off_topic: list[str]


_WORDS = load("support", Words)


def conversation(book: Book, rng: random.Random, number: int, start_us: int) -> None:
    """Tell a thread: one customer, some turns, now and then a score and a comment on it."""
    topic, words = rng.choice(_WORDS.topics), Grammar(_WORDS.rules, rng)
    thread = f"chat-{book.id(start_us, 'thread', str(number))[-12:]}"
    fixed = {name: words.one(name) for name in ("item", "order", "colour", "town", "carrier")}
    turns = [(words.say(rng.choice(topic.questions), **fixed), "")]
    further = list(topic.further)
    rng.shuffle(further)
    turns += [(q, words.say(a, **fixed)) for q, a in further[: rng.choice([1, 1, 2, 2, 3])]]
    user, model = f"customer-{rng.randrange(900, 1400)}", rng.choices(_MODELS, _WEIGHTS)[0]
    history: list[Json] = []
    now = start_us
    for turn, (question, answer) in enumerate(turns):
        telling = _open(book, rng, f"thread-{number}-{turn}", now)
        _answer(telling, topic, words, fixed, question, answer, history, model)
        telling.finish(thread_id=thread, metadata={"user_id": user, "turn": turn + 1})
        now = telling.now_us + round(rng.uniform(20, 400) * 1e6)
    if rng.random() < 0.5:
        solved = rng.random() < 0.8
        book.score(
            "thread",
            thread,
            PROJECT,
            "resolved",
            float(solved),
            author="customer",
            category_name="yes" if solved else "no",
            source="ui",
        )
    if rng.random() < 0.15:
        book.score(
            "thread",
            thread,
            PROJECT,
            "tone",
            rng.choice([3, 4, 4, 5]),
            author=rng.choice(_REVIEWERS),
            reason="Friendly, to the point.",
            source="ui",
        )


def question(book: Book, rng: random.Random, number: int, start_us: int) -> str:
    """Tell a single question; returns the trace's id."""
    telling = _open(book, rng, f"question-{number}", start_us)
    if rng.random() < 0.07:
        return _blocked(telling, rng)
    topic, words = rng.choice(_WORDS.topics), Grammar(_WORDS.rules, rng)
    fixed = {name: words.one(name) for name in ("item", "order", "colour", "town", "carrier")}
    asked = words.say(rng.choice(topic.questions), **fixed)
    model = rng.choices(_MODELS, _WEIGHTS)[0]
    if rng.random() < 0.04:
        return _down(telling, asked)
    _answer(telling, topic, words, fixed, asked, "", [], model)
    trace = telling.finish(
        tags=[topic.name, *(["vip"] if rng.random() < 0.06 else [])],
        metadata={
            "user_id": f"customer-{rng.randrange(100, 900)}",
            "channel": rng.choice(["web", "web", "mail", "app"]),
            "prompt_version": rng.choice(["v7", "v8"]),
        },
    )
    if topic.name == "broken on arrival" and "Photo" in asked:
        photo = cracked_jug(rng)
        book.files.append(File("trace", trace, PROJECT, "photo.png", "image/png", photo))
        if not any(text.startswith("A photo") for text, _ in book.highlights):
            book.highlights.append(("A photo that a customer sent", trace))
    _scores(book, rng, trace)
    return trace


def _open(book: Book, rng: random.Random, key: str, start_us: int) -> Telling:
    where = rng.choices(["production", "staging"], [9, 1])[0]
    return Telling(
        book,
        rng,
        project=PROJECT,
        name="answer_customer",
        key=key,
        start_us=start_us,
        environment=where,
    )


def _answer(
    telling: Telling,
    topic: Topic,
    words: Grammar,
    fixed: dict[str, str],
    asked: str,
    known: str,
    history: list[Json],
    model: Model,
) -> None:
    rng = telling.rng
    telling.trace.say(input={"question": asked}, tags=[topic.name])
    query = asked.split("?")[0][-120:].strip()
    passages = _retrieve(telling, topic, words, fixed, query)
    answer = known or words.say(rng.choice(topic.answers), **fixed).strip()
    context = "\n\n".join(p["text"] for p in passages)
    messages: list[Json] = [
        {"role": "system", "content": _SYSTEM},
        *history,
        {"role": "user", "content": f"Passages:\n{context}\n\nQuestion: {asked}"},
    ]
    telling.llm("write_answer", model, messages, answer, cached=rng.choice([0, 0.3, 0.6]))
    _check(telling, answer)
    history += [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]
    telling.trace.say(output={"answer": answer, "sources": [p["page"] for p in passages]})


def _retrieve(
    telling: Telling, topic: Topic, words: Grammar, fixed: dict[str, str], query: str
) -> list[Json]:
    rng = telling.rng
    other = rng.choice([t for t in _WORDS.topics if t is not topic])
    found = [(topic.page, words.say(text, **fixed)) for text in topic.passages]
    found += [(other.page, words.say(text)) for text in other.passages[:2]]
    rng.shuffle(found)
    hits = [
        {"page": page, "text": text, "score": round(rng.uniform(0.55, 0.9), 4)}
        for page, text in found
    ]
    with telling.step("find_passages", "tool", input={"query": query, "k": len(hits)}) as step:
        telling.llm("embed_query", EMBEDDING, [{"role": "user", "content": query}], "")
        with telling.step("search_index", "tool", input={"index": "handbook-2026"}) as search:
            telling.wait(rng.lognormvariate(3, 0.5))
            search.say(output={"hits": hits})
        step.say(output={"hits": len(hits)})
    ranked = sorted(hits, key=lambda h: (h["page"] == topic.page, h["score"]), reverse=True)[:3]
    with telling.step("rerank", "tool", input={"query": query, "candidates": len(hits)}) as step:
        telling.wait(rng.lognormvariate(3.6, 0.4))
        for place, hit in enumerate(ranked):
            hit["score"] = round(0.97 - 0.11 * place - rng.uniform(0, 0.05), 4)
        step.say(output={"kept": ranked}, metadata={"reranker": "cross-encoder-small"})
    return ranked


def _check(telling: Telling, text: str) -> None:
    """A check of the answer for personal data; nearly always passes."""
    passed = telling.rng.random() > 0.02
    with telling.step("check_answer", "guardrail", input={"text": text}) as step:
        telling.wait(telling.rng.uniform(15, 60))
        step.say(output={"guardrail_result": "passed" if passed else "failed"})
    _guardrail(telling, step.id, "PII", passed, {"entities": ["PHONE_NUMBER", "CREDIT_CARD"]})


def _blocked(telling: Telling, rng: random.Random) -> str:
    asked = rng.choice(_WORDS.off_topic)
    kind = "PII" if "card number" in asked else "TOPIC"
    refusal = "I can only help with orders and things from our shop."
    telling.trace.say(input={"question": asked})
    with telling.step("check_question", "guardrail", input={"text": asked}) as step:
        telling.wait(rng.uniform(20, 90))
        step.say(output={"guardrail_result": "failed", "reason": kind.lower()})
    _guardrail(telling, step.id, kind, False, {"threshold": 0.8})
    trace = telling.finish(output={"answer": refusal}, tags=["blocked"])
    if not any(
        text.startswith("A question that a guardrail") for text, _ in telling.book.highlights
    ):
        telling.book.highlights.append(("A question that a guardrail stopped", trace))
    return trace


def _guardrail(telling: Telling, span: str, name: str, passed: bool, config: Json) -> None:
    score = round(telling.rng.uniform(0.01, 0.3) if passed else telling.rng.uniform(0.82, 0.99), 3)
    telling.book.guardrails.append(
        {
            "id": telling.book.id(telling.start_us, telling.id, name, span),
            "entity_id": telling.id,
            "secondary_id": span,
            "project_name": PROJECT,
            "name": name,
            "result": "passed" if passed else "failed",
            "config": config,
            "details": {"score": score},
        }
    )


def _down(telling: Telling, asked: str) -> str:
    """The index does not answer, and the customer gets an excuse."""
    telling.trace.say(input={"question": asked})
    error = failure(
        "ConnectionError",
        "index handbook-2026 did not answer within 3.0 s",
        ("/srv/assistant/answer.py", 58, "answer_customer", "passages = find_passages(query)"),
        ("/srv/assistant/search.py", 112, "find_passages", "hits = index.search(vector, k=5)"),
        ("/srv/assistant/search.py", 41, "search", "raise ConnectionError(message)"),
    )
    with telling.step("find_passages", "tool", input={"query": asked[:120], "k": 5}) as step:
        telling.wait(3000 + telling.rng.uniform(0, 40))
        step.say(error_info=error)
    return telling.finish(error_info=error, tags=["incident"])


def _scores(book: Book, rng: random.Random, trace: str) -> None:
    good = rng.betavariate(7, 2)
    if rng.random() < 0.45:
        book.score(
            "trace",
            trace,
            PROJECT,
            "faithfulness",
            round(good, 3),
            author="judge",
            reason=_reason(good),
            source="online_scoring",
        )
    if rng.random() < 0.2:
        up = rng.random() < good
        book.score(
            "trace",
            trace,
            PROJECT,
            "thumbs",
            float(up),
            author="customer",
            category_name="up" if up else "down",
            source="ui",
        )
    if rng.random() < 0.06:
        for author in rng.sample(_REVIEWERS, 2):
            book.score(
                "trace",
                trace,
                PROJECT,
                "helpfulness",
                float(rng.choice([2, 3, 4, 4, 5])),
                author=author,
                source="ui",
            )


def _reason(score: float) -> str:
    if score > 0.85:
        return "Every claim stands in the passages."
    if score > 0.6:
        return "One detail goes beyond the passages, without changing the advice."
    return "The answer promises a term that no passage gives."
