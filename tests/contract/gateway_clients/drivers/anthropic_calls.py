"""Anthropic's client in front of the gateway: anthropic_calls.py <URL> <key>."""

import asyncio
import sys

import anthropic
from _cases import Cases

url, key = sys.argv[1:]
case = Cases()
client = anthropic.Anthropic(base_url=url, api_key=key, max_retries=0, timeout=20)
ASK = [{"role": "user", "content": "How warm is it in Oslo?"}]
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = [
    {"name": name, "description": f"{name} of a city", "input_schema": SCHEMA}
    for name in ("weather", "time")
]
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)


def all_of(model):
    plain = client.messages.create(
        model=model,
        max_tokens=100,
        system=[{"type": "text", "text": "Be short.", "cache_control": {"type": "ephemeral"}}],
        messages=ASK,
        metadata={"user_id": "user-1"},
        stop_sequences=["END"],
        extra_body={"temperature": 0.2, "session_id": "s-1", "trace": {"trace_name": "Claude"}},
    )
    with client.messages.stream(model=model, max_tokens=100, messages=ASK) as stream:
        kinds = [event.type for event in stream]
        streamed = stream.get_final_message()
    first = client.messages.create(model=model, max_tokens=100, messages=ASK, tools=TOOLS)
    calls = [block for block in first.content if block.type == "tool_use"]
    answers = [
        {"type": "tool_result", "tool_use_id": call.id, "content": "7 degrees"} for call in calls
    ]
    then = client.messages.create(
        model=model,
        max_tokens=100,
        messages=[
            *ASK,
            {"role": "assistant", "content": first.content},
            {"role": "user", "content": answers},
        ],
        tools=TOOLS,
    )
    with client.messages.stream(
        model=model, max_tokens=100, messages=ASK, tools=TOOLS, tool_choice={"type": "any"}
    ) as stream:
        for _ in stream:
            pass
        tools = stream.get_final_message()
    source = {"type": "base64", "media_type": "image/png", "data": PIXEL}
    image = client.messages.create(
        model=model,
        max_tokens=100,
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "image", "source": source},
                    {"type": "text", "text": "What is this?"},
                ],
            }
        ],
    )
    return {
        "plain": plain,
        "kinds": kinds,
        "streamed": streamed,
        "first": first,
        "then": then.content[0].text,
        "tools": tools,
        "image": image.content[0].text,
    }


@case
def on_anthropic():
    return all_of("claude")


@case
def on_openai():
    return all_of("gpt-4o-mini")


@case
def on_gemini():
    return all_of("gemini")


@case
def thinking():
    with client.messages.stream(
        model="claude",
        max_tokens=2000,
        messages=ASK,
        thinking={"type": "enabled", "budget_tokens": 1024},
    ) as stream:
        for _ in stream:
            pass
        return stream.get_final_message()


@case
def from_one_model_to_the_next():
    """A talk with tools that Gemini began and Claude goes on with, then Gemini again."""
    ask = {"max_tokens": 2000, "messages": ASK, "tools": TOOLS}
    thinks = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    with client.messages.stream(model="gemini", **ask, **thinks) as stream:
        for _ in stream:
            pass
        first = stream.get_final_message()
    calls = [block for block in first.content if block.type == "tool_use"]
    answers = [{"type": "tool_result", "tool_use_id": c.id, "content": "7"} for c in calls]
    talk = [
        *ASK,
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": answers},
    ]
    told = {}
    for model in ("claude", "gemini", "gpt-4o-mini"):
        then = client.messages.create(model=model, max_tokens=2000, messages=talk, tools=TOOLS)
        told[model] = then.content[0].text
    return {"kinds": [block.type for block in first.content], "told": told}


@case
def by_the_other_header():
    """`auth_token` goes as `Authorization`, the key as `x-api-key`."""
    with anthropic.Anthropic(base_url=f"{url}/api", auth_token=key, api_key=None) as other:
        answer = other.messages.create(model="claude", max_tokens=100, messages=ASK)
    return answer.content[0].text


@case
def status_400():
    return client.messages.create(model="claude-up/fail-400", max_tokens=9, messages=ASK)


@case
def status_401():
    with anthropic.Anthropic(base_url=url, api_key="sk-sl-v1-nobody", max_retries=0) as other:
        return other.messages.create(model="claude", max_tokens=9, messages=ASK)


@case
def status_404():
    return client.messages.create(model="nobody/knows", max_tokens=9, messages=ASK)


@case
def status_429():
    return client.messages.create(model="claude-up/fail-429", max_tokens=9, messages=ASK)


@case
def status_529():
    return client.messages.create(model="claude-up/fail-529", max_tokens=9, messages=ASK)


@case
def retried():
    answer = client.with_options(max_retries=2).messages.create(
        model="claude-up/fail-429-1", max_tokens=9, messages=ASK
    )
    return answer.content[0].text


@case
def cut():
    """The stream breaks off: the client raises what the last event says."""
    with client.messages.stream(model="claude-up/cut", max_tokens=100, messages=ASK) as stream:
        for _ in stream:
            pass


@case
def closed():
    with client.messages.stream(
        model="claude-up/drip-anthropic", max_tokens=100, messages=ASK
    ) as stream:
        for at, _ in enumerate(stream):
            if at == 10:
                break
    return "closed"


@case
def asynchronous():
    async def ask():
        own = anthropic.AsyncAnthropic(base_url=url, api_key=key)
        ask = own.messages.stream(model="claude", max_tokens=100, messages=ASK)
        async with own, ask as stream:
            return "".join([text async for text in stream.text_stream])

    return asyncio.run(ask())


case.tell()
