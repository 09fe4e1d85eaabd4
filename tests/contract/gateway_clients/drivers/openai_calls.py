"""OpenAI's client in front of the gateway: openai_calls.py <URL> <key> <spent key>."""

import asyncio
import base64
import struct
import sys
import time

import openai
from _cases import Cases

url, key, poor = sys.argv[1:]
case = Cases()
client = openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, timeout=20)
ASK = [{"role": "user", "content": "How warm is it in Oslo?"}]


def function(name):
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    told = {"name": name, "description": f"{name} of a city", "parameters": schema}
    return {"type": "function", "function": told}


TOOLS = [function("weather"), function("time")]
SCHEMA = {
    "name": "weather",
    "strict": True,
    "schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "degrees": {"type": "integer"}},
        "required": ["city", "degrees"],
        "additionalProperties": False,
    },
}
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8A"
    "AQUBAScY42YAAAAASUVORK5CYII="
)


@case
def plain():
    return client.chat.completions.create(
        model="gpt-4o-mini",
        messages=ASK,
        temperature=0.2,
        user="user-1",
        extra_body={"trace": {"trace_name": "Openai plain", "team": "a"}, "session_id": "s-1"},
    )


@case
def at_other_bases():
    texts = []
    for base in (f"{url}/api/v1", f"{url}/api/v1/", url, f"{url}/"):
        other = client.with_options(base_url=base)
        answer = other.chat.completions.create(model="gpt-4o-mini", messages=ASK)
        texts.append(answer.choices[0].message.content)
        texts.append(other.models.list().data[0].object)
    return texts


@case
def headers():
    raw = client.chat.completions.with_raw_response.create(model="gpt-4o-mini", messages=ASK)
    return {"generation": raw.headers["x-generation-id"], "id": raw.parse().id}


def gathered(stream):
    chunks = list(stream)
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    return {
        "text": text,
        "usage": chunks[-1].usage.model_dump() if chunks[-1].usage else None,
        "reason": [c.choices[0].finish_reason for c in chunks if c.choices][-1],
        "ids": sorted({c.id for c in chunks}),
        "models": sorted({c.model for c in chunks}),
        "count": len(chunks),
        "last": [len(c.choices) for c in chunks][-1],
    }


@case
def stream():
    return gathered(client.chat.completions.create(model="gpt-4o-mini", messages=ASK, stream=True))


@case
def stream_with_usage():
    options = {"include_usage": True}
    return gathered(
        client.chat.completions.create(
            model="gpt-4o-mini", messages=ASK, stream=True, stream_options=options
        )
    )


@case
def stream_helper():
    """The client's own assembly of chunks is the strictest reader there is."""
    with client.chat.completions.stream(
        model="gpt-4o-mini", messages=ASK, tools=TOOLS, stream_options={"include_usage": True}
    ) as events:
        kinds = sorted({event.type for event in events})
        final = events.get_final_completion()
    return {"kinds": kinds, "final": final}


@case
def tools():
    first = client.chat.completions.create(model="gpt-4o-mini", messages=ASK, tools=TOOLS)
    message = first.choices[0].message
    answers = [
        {"role": "tool", "tool_call_id": call.id, "content": "7"} for call in message.tool_calls
    ]
    second = client.chat.completions.create(
        model="gpt-4o-mini", messages=[*ASK, message, *answers], tools=TOOLS
    )
    return {"calls": message.tool_calls, "reason": first.choices[0].finish_reason, "then": second}


@case
def one_tool():
    return client.chat.completions.create(
        model="gpt-4o-mini", messages=ASK, tools=TOOLS, parallel_tool_calls=False
    )


@case
def tools_in_fragments():
    calls = {}
    for chunk in client.chat.completions.create(
        model="gpt-4o-mini", messages=ASK, tools=TOOLS, stream=True
    ):
        for piece in chunk.choices[0].delta.tool_calls or () if chunk.choices else ():
            held = calls.setdefault(piece.index, {"id": None, "name": None, "arguments": ""})
            held["id"] = piece.id or held["id"]
            held["name"] = piece.function.name or held["name"]
            held["arguments"] += piece.function.arguments or ""
    return [calls[at] for at in sorted(calls)]


@case
def structured():
    answer = client.chat.completions.create(
        model="gpt-4o-mini",
        messages=ASK,
        response_format={"type": "json_schema", "json_schema": SCHEMA},
    )
    return answer.choices[0].message.content


@case
def logprobs():
    answer = client.chat.completions.create(
        model="gpt-4o-mini", messages=ASK, logprobs=True, top_logprobs=1
    )
    return answer.choices[0].logprobs


@case
def several():
    whole = client.chat.completions.create(model="gpt-4o-mini", messages=ASK, n=2)
    texts = {}
    for chunk in client.chat.completions.create(
        model="gpt-4o-mini", messages=ASK, n=2, stream=True
    ):
        for choice in chunk.choices:
            texts[choice.index] = texts.get(choice.index, "") + (choice.delta.content or "")
    return {"whole": [c.message.content for c in whole.choices], "stream": texts}


@case
def image():
    content = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": PIXEL, "detail": "low"}},
    ]
    results = {}
    for model in ("gpt-4o-mini", "claude", "gemini"):
        answer = client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": content}], max_tokens=100
        )
        results[model] = answer.choices[0].message.content
    return results


@case
def translated():
    """Claude and Gemini through OpenAI's client: plain, streamed, with tools, thinking."""
    said = {}
    for model in ("claude", "gemini"):
        system = {"role": "system", "content": "Be short."}
        whole = client.chat.completions.create(
            model=model, messages=[system, *ASK], reasoning_effort="low", max_tokens=4000
        )
        first = client.chat.completions.create(model=model, messages=ASK, tools=TOOLS)
        message = first.choices[0].message
        answers = [
            {"role": "tool", "tool_call_id": call.id, "content": "7"} for call in message.tool_calls
        ]
        then = client.chat.completions.create(
            model=model, messages=[*ASK, message, *answers], tools=TOOLS
        )
        with client.chat.completions.stream(model=model, messages=ASK, tools=TOOLS) as events:
            for _ in events:
                pass
            final = events.get_final_completion()
        said[model] = {
            "whole": whole,
            "first": first,
            "then": then.choices[0].message.content,
            "final": final,
            "stream": gathered(
                client.chat.completions.create(
                    model=model, messages=ASK, stream=True, stream_options={"include_usage": True}
                )
            ),
        }
    return said


@case
def legacy():
    whole = client.completions.create(model="gpt-3.5-turbo-instruct", prompt="Once")
    chunks = list(
        client.completions.create(model="gpt-3.5-turbo-instruct", prompt="Once", stream=True)
    )
    text = "".join(c.choices[0].text for c in chunks if c.choices)
    return {"whole": whole, "stream": text}


@case
def legacy_on_chat_only():
    whole = client.completions.create(model="llama", prompt="Once", max_tokens=10)
    chunks = list(client.completions.create(model="llama", prompt="Once", stream=True))
    text = "".join(c.choices[0].text for c in chunks if c.choices)
    return {"whole": whole, "stream": text}


@case
def embeddings():
    """The client asks for base64 by itself and unpacks it."""
    packed = client.embeddings.create(model="text-embedding-3-small", input=["a", "b"])
    floats = client.embeddings.create(
        model="text-embedding-3-small", input="a", encoding_format="float"
    )
    raw = client.embeddings.create(
        model="text-embedding-3-small", input="a", encoding_format="base64"
    )
    return {
        "packed": [one.embedding for one in packed.data],
        "floats": floats.data[0].embedding,
        "raw": struct.unpack("<3f", base64.b64decode(raw.data[0].embedding)),
        "usage": floats.usage.model_dump(),
    }


FLAT = [{"type": "function", "strict": False, **tool["function"]} for tool in TOOLS]


def respond(model):
    whole = client.responses.create(
        model=model,
        instructions="Be short.",
        input="How warm is it?",
        max_output_tokens=200,
        user="user-1",
    )
    with client.responses.stream(model=model, input="How warm is it?") as events:
        kinds = [event.type for event in events]
        final = events.get_final_response()
    first = client.responses.create(model=model, input=ASK, tools=FLAT)
    calls = [item for item in first.output if item.type == "function_call"]
    answers = [
        {"type": "function_call_output", "call_id": call.call_id, "output": "7"} for call in calls
    ]
    then = client.responses.create(model=model, input=[*ASK, *calls, *answers], tools=FLAT)
    with client.responses.stream(model=model, input=ASK, tools=FLAT) as events:
        for _ in events:
            pass
        streamed = events.get_final_response()
    form = {"format": {"type": "json_schema", **SCHEMA}}
    shaped = client.responses.create(model=model, input="How warm?", text=form)
    return {
        "whole": whole,
        "text": whole.output_text,
        "kinds": kinds,
        "final": final,
        "calls": calls,
        "then": then.output_text,
        "streamed": streamed,
        "structured": shaped.output_text,
    }


@case
def responses():
    return respond("gpt-4o-mini")


@case
def responses_on_chat_only():
    return respond("llama")


@case
def models():
    listed = [model.id for model in client.models.list()]
    one = client.models.retrieve("openai/gpt-4o")
    return {"listed": listed, "one": one.id, "object": one.object, "owner": one.owned_by}


@case
def unknown_model_in_list():
    return client.models.retrieve("nobody/knows")


def refused(model, **more):
    return client.chat.completions.create(model=model, messages=ASK, **more)


@case
def status_400():
    return refused("up/fail-400")


@case
def status_401():
    return client.with_options(api_key="sk-sl-v1-nobody").chat.completions.create(
        model="gpt-4o-mini", messages=ASK
    )


@case
def status_402():
    return client.with_options(api_key=poor).chat.completions.create(
        model="gpt-4o-mini", messages=ASK
    )


@case
def no_such_model():
    return refused("nobody/knows")


@case
def status_429():
    return refused("up/fail-429")


@case
def status_500():
    return refused("up/fail-500")


@case
def upstream_key_is_wrong():
    return refused("up/fail-401")


@case
def bad_body():
    return client.chat.completions.create(model="gpt-4o-mini", messages=[])


@case
def retried():
    """The client tries twice more by itself, waiting as `Retry-After` says."""
    begun = time.monotonic()
    answer = client.with_options(max_retries=2).chat.completions.create(
        model="up/fail-429-2", messages=ASK
    )
    return {"text": answer.choices[0].message.content, "s": time.monotonic() - begun}


@case
def too_slow_for_the_gateway():
    return refused("hurried")


@case
def too_slow_for_the_client():
    return client.with_options(timeout=0.3).chat.completions.create(
        model="up/slow-client", messages=ASK
    )


@case
def cut():
    """The stream breaks off: the client raises what the last chunk says."""
    parts = []
    try:
        for chunk in refused("up/cut", stream=True):
            parts.append(chunk.choices[0].delta.content if chunk.choices else None)
    except openai.APIError as error:
        return {"parts": parts, "error": type(error).__name__, "text": str(error)}
    return {"parts": parts}


@case
def closed():
    """Closing the stream ends the call."""
    stream = refused("up/drip-closed", stream=True)
    seen = [next(stream).id for _ in range(5)]
    stream.close()
    return seen


@case
def closed_before_the_first_byte():
    stream = client.with_options(timeout=0.3)
    try:
        stream.chat.completions.create(model="up/slow-stream", messages=ASK, stream=True)
    except openai.APITimeoutError:
        return "timed out"


@case
def fallback():
    return refused("shaky", max_tokens=50)


@case
def alias():
    return refused("smart").model


@case
def standing_in():
    return refused("doubled").choices[0].message.content


@case
def in_parallel():
    async def many():
        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=key) as own:

            async def one(at):
                if at % 2:
                    answer = await own.chat.completions.create(model="gpt-4o-mini", messages=ASK)
                    return answer.choices[0].message.content
                stream = await own.chat.completions.create(
                    model="gpt-4o-mini", messages=ASK, stream=True
                )
                return "".join(
                    [c.choices[0].delta.content or "" async for c in stream if c.choices]
                )

            return await asyncio.gather(*(one(at) for at in range(10)))

    return sorted(set(asyncio.run(many())))


case.tell()
