"""An agent that plans journeys: thinks, calls tools that sometimes fail, tries again, answers."""

import random

import msgspec

from sightline.demo.book import Book, Json, Telling, failure
from sightline.demo.grammar import Grammar
from sightline.demo.models import GPT_5_MINI, LLAMA, O4_MINI, SONNET
from sightline.demo.words import load

PROJECT = "demo-travel-agent"
_MODELS, _WEIGHTS = (SONNET, GPT_5_MINI, O4_MINI, LLAMA), (5, 4, 2, 1)
_SYSTEM = (
    "You plan journeys. Use the tools, never invent prices, and keep to the budget. "
    "Answer in one paragraph that a tired person can read."
)


class Words(msgspec.Struct, frozen=True):
    rules: dict[str, list[str]]
    cities: list[str]
    homes: list[str]
    hotels: list[str]
    airlines: list[str]


_WORDS = load("travel", Words)


class Wishes(msgspec.Struct, frozen=True):
    city: str
    home: str
    days: int
    budget: int


# What goes wrong in a tool, and whether trying again helps.
_TROUBLES = (
    ("TimeoutError", "no answer from fares.example within 8 s", True),
    ("RateLimitError", "429 Too Many Requests: 60 calls a minute, try again in 2 s", True),
    ("JSONDecodeError", "Expecting ',' delimiter: line 1 column 4096 (char 4095)", True),
    ("KeyError", "'fare_total'", False),
)


def journey(book: Book, rng: random.Random, number: int, start_us: int) -> str:
    """Tell one request; returns the trace's id."""
    words, model = Grammar(_WORDS.rules, rng), rng.choices(_MODELS, _WEIGHTS)[0]
    wishes = Wishes(
        rng.choice(_WORDS.cities),
        rng.choice(_WORDS.homes),
        rng.randint(2, 6),
        rng.randrange(400, 2000, 50),
    )
    asked = words.one("ask", city=wishes.city, days=str(wishes.days), budget=str(wishes.budget))
    telling = Telling(
        book,
        rng,
        project=PROJECT,
        name="plan_journey",
        key=f"journey-{number}",
        start_us=start_us,
        environment=rng.choices(["production", "staging"], [5, 1])[0],
    )
    user = f"traveller-{rng.randrange(2000, 2600)}"
    telling.trace.say(input={"messages": [{"role": "user", "content": asked}]})
    messages: list[Json] = [
        {"role": "system", "content": _SYSTEM},
        {"role": "user", "content": asked},
    ]
    facts: dict[str, Json] = {}
    failed = False
    with telling.step("agent", input={"request": asked}) as agent:
        for name, arguments in _plan(wishes, rng):
            said = _tool_call(words, name, arguments, f"call_{rng.getrandbits(48):012x}")
            telling.llm(
                f"decide: {name}", model, messages, said, cached=min(0.9, 0.15 * len(messages))
            )
            answer = _tool(telling, name, arguments, wishes)
            told = str(answer)[:1500]
            call_id = said["tool_calls"][0]["id"]
            messages += [said, {"role": "tool", "tool_call_id": call_id, "content": told}]
            if answer is None:
                failed = True
                break
            facts[name] = answer
        text = words.one("sorry") if failed else _answer(words, wishes, facts, rng)
        telling.llm("write_plan", model, messages, text, cached=0.7)
        agent.say(output={"plan": text, "tools_used": list(facts)})
    give_up = failed and rng.random() < 0.6
    trace = telling.finish(
        output={"role": "assistant", "content": text},
        tags=["agent", wishes.city.lower(), *(["gave-up"] if failed else [])],
        metadata={"user_id": user, "steps": len(messages) - 2, "_opik_graph_definition": _GRAPH},
        **({"error_info": _gave_up()} if give_up else {}),
    )
    if rng.random() < 0.4:
        book.score(
            "trace",
            trace,
            PROJECT,
            "within_budget",
            float(not failed),
            category_name="no" if failed else "yes",
            author="judge",
            source="online_scoring",
        )
    if failed and not any("tool that failed" in text for text, _ in book.highlights):
        book.highlights.append(("An agent with a tool that failed three times", trace))
    return trace


_GRAPH = {
    "format": "mermaid",
    "data": "graph TD; ask-->decide; decide-->tool; tool-->decide; decide-->write_plan",
}


def _plan(wishes: Wishes, rng: random.Random) -> list[tuple[str, Json]]:
    way = {"from": wishes.home, "to": wishes.city, "passengers": rng.randint(1, 3)}
    tools: list[tuple[str, Json]] = [(rng.choice(["search_flights", "search_trains"]), way)]
    if rng.random() < 0.4:
        tools.append(
            ("search_trains" if tools[0][0] == "search_flights" else "search_flights", way)
        )
    tools.append(("find_hotels", {"city": wishes.city, "nights": wishes.days, "max_price": 160}))
    tools.append(("weather", {"city": wishes.city, "days": wishes.days}))
    if rng.random() < 0.3:
        tools.append(("convert_currency", {"amount": wishes.budget, "from": "EUR", "to": "GBP"}))
    return tools


def _tool_call(words: Grammar, name: str, arguments: Json, call_id: str) -> Json:
    function = {"name": name, "arguments": str(arguments).replace("'", '"')}
    return {
        "role": "assistant",
        "content": words.one("think"),
        "tool_calls": [{"id": call_id, "type": "function", "function": function}],
    }


def _tool(telling: Telling, name: str, arguments: Json, wishes: Wishes) -> Json | None:
    """Tell a tool's use with up to three tries; None when all of them failed."""
    rng = telling.rng
    attempts = 0
    with telling.step(name, "tool", input=arguments) as step:
        while attempts < 3:
            attempts += 1
            if rng.random() > (0.09 if attempts == 1 else 0.35):
                telling.wait(rng.lognormvariate(5.6, 0.5))
                output = _result(rng, name, wishes)
                step.say(output=output, metadata={"attempts": attempts})
                return output
            kind, message, again = rng.choice(_TROUBLES)
            error = failure(
                kind,
                message,
                ("/srv/agent/loop.py", 91, "run", "result = tool(**arguments)"),
                (f"/srv/agent/tools/{name}.py", 37, name, "payload = client.get(path, params)"),
                ("/srv/agent/http.py", 64, "get", "return self._decode(response)"),
            )
            with telling.step(f"{name} (attempt {attempts})", "tool", input=arguments) as attempt:
                telling.wait(8000 if kind == "TimeoutError" else rng.uniform(80, 600))
                attempt.say(error_info=error)
            step.say(error_info=error, metadata={"attempts": attempts})
            if not again:
                break
            telling.wait(400 * 2**attempts)
    return None


def _result(rng: random.Random, name: str, wishes: Wishes) -> Json:
    if name in {"search_flights", "search_trains"}:
        carriers = _WORDS.airlines if name == "search_flights" else ["EuroNight", "InterCity"]
        offers = [
            {
                "carrier": rng.choice(carriers),
                "depart": f"{rng.randint(6, 20):02}:{rng.choice([5, 20, 45]):02}",
                "fare": rng.randrange(60, 320),
                "changes": rng.choice([0, 0, 1, 2]),
            }
            for _ in range(rng.randint(3, 6))
        ]
        return {"offers": offers, "currency": "EUR"}
    if name == "find_hotels":
        names = rng.sample(_WORDS.hotels, 4)
        return {
            "hotels": [
                {
                    "name": hotel,
                    "price": rng.randrange(58, 160),
                    "rating": round(rng.uniform(7, 9.6), 1),
                    "walk_min": rng.randint(3, 25),
                }
                for hotel in names
            ]
        }
    if name == "weather":
        return {"text": rng.choice(_WORDS.rules["weather"]), "rain_days": rng.randint(0, 3)}
    return {"amount": round(wishes.budget * 0.86, 2), "rate": 0.86}


def _answer(words: Grammar, wishes: Wishes, facts: dict[str, Json], rng: random.Random) -> str:
    way = facts.get("search_flights") or facts["search_trains"]
    offer = min(way["offers"], key=lambda o: o["fare"])
    hotel = max(facts["find_hotels"]["hotels"], key=lambda h: h["rating"])
    total = offer["fare"] * 2 + hotel["price"] * wishes.days
    days = dict(zip(("first", "second", "third"), rng.sample(_WORDS.rules["day"], 3), strict=True))
    return words.one(
        "plan",
        **days,
        city=wishes.city,
        days=str(wishes.days),
        hotel=hotel["name"],
        night=str(hotel["price"]),
        carrier=offer["carrier"],
        depart=offer["depart"],
        fare=str(offer["fare"]),
        total=str(total),
        left=str(max(0, wishes.budget - total)),
        weather=facts["weather"]["text"],
    )


def _gave_up() -> Json:
    return failure(
        "ToolFailedError",
        "a tool failed three times; the journey was not planned",
        ("/srv/agent/main.py", 22, "plan_journey", "plan = agent.run(request)"),
        ("/srv/agent/loop.py", 97, "run", "raise ToolFailedError(name)"),
    )
