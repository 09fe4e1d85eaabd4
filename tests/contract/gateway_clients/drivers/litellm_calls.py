"""LiteLLM's SDK in front of the gateway: litellm_calls.py <URL> <key> <opik's current span>."""

import asyncio
import json
import logging
import os
import sys

url, key, span = sys.argv[1:]
os.environ["OPENROUTER_API_BASE"] = f"{url}/api/v1"
os.environ["OPENROUTER_API_KEY"] = key

import litellm  # noqa: E402
from _cases import Cases  # noqa: E402

logging.disable(logging.WARNING)
litellm.num_retries = 0
case = Cases()
ASK = [{"role": "user", "content": "How warm is it in Oslo?"}]
OURS = {"api_base": f"{url}/v1", "api_key": key}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = [
    {"type": "function", "function": {"name": name, "description": name, "parameters": SCHEMA}}
    for name in ("weather", "time")
]


def gathered(chunks):
    whole = litellm.stream_chunk_builder(chunks, messages=ASK)
    return {"whole": whole, "count": len(chunks)}


@case
def as_openai():
    return litellm.completion(model="openai/gpt-4o-mini", messages=ASK, **OURS)


@case
def as_openrouter():
    """Usage and cost are those of the gateway."""
    answer = litellm.completion(model="openrouter/openai/gpt-4o", messages=ASK)
    return {"answer": answer, "cost": answer._hidden_params.get("response_cost")}


@case
def streamed():
    said = {}
    for model in ("openai/gpt-4o-mini", "openrouter/openai/gpt-4o", "openrouter/claude"):
        more = OURS if model.startswith("openai/") else {}
        stream = litellm.completion(
            model=model,
            messages=ASK,
            stream=True,
            stream_options={"include_usage": True},
            **more,
        )
        said[model] = gathered(list(stream))
    return said


@case
def tools():
    first = litellm.completion(model="openrouter/claude", messages=ASK, tools=TOOLS, max_tokens=100)
    message = first.choices[0].message
    answers = [
        {"role": "tool", "tool_call_id": call.id, "content": "7"} for call in message.tool_calls
    ]
    then = litellm.completion(
        model="openrouter/claude", messages=[*ASK, message, *answers], tools=TOOLS, max_tokens=100
    )
    stream = litellm.completion(
        model="openai/gpt-4o-mini", messages=ASK, tools=TOOLS, stream=True, **OURS
    )
    return {
        "calls": message.tool_calls,
        "then": then.choices[0].message.content,
        "streamed": gathered(list(stream))["whole"].choices[0].message.tool_calls,
    }


@case
def asynchronous():
    async def ask():
        whole = await litellm.acompletion(model="openrouter/openai/gpt-4o", messages=ASK)
        stream = await litellm.acompletion(
            model="openai/gpt-4o-mini", messages=ASK, stream=True, **OURS
        )
        chunks = [chunk async for chunk in stream]
        return [
            whole.choices[0].message.content,
            gathered(chunks)["whole"].choices[0].message.content,
        ]

    return asyncio.run(ask())


@case
def embedded():
    answer = litellm.embedding(model="openai/text-embedding-3-small", input=["a", "b"], **OURS)
    return answer.data[1]["embedding"]


@case
def responded():
    answer = litellm.responses(model="openai/gpt-4o-mini", input="How warm?", **OURS)
    return answer.output[0].content[0].text


@case
def as_anthropic():
    answer = litellm.completion(
        model="anthropic/claude", messages=ASK, max_tokens=100, api_base=url, api_key=key
    )
    return answer.choices[0].message.content


@case
def status_429():
    return litellm.completion(model="openai/up/fail-429", messages=ASK, max_retries=0, **OURS)


@case
def status_401():
    return litellm.completion(
        model="openai/gpt-4o-mini", messages=ASK, api_base=f"{url}/v1", api_key="sk-sl-v1-no"
    )


@case
def status_400():
    return litellm.completion(model="openai/up/fail-400", messages=ASK, **OURS)


BODY = {"project_name": "litellm-body", "tags": ["body-tag"], "thread_id": "body-thread"}


def marked(name, opik=None, **headers):
    """Make a call that says in its trace's name which it is."""
    extra = {"trace": {"trace_name": name}}
    if opik is not None:
        extra["metadata"] = {"opik": opik, "also": name}
    return litellm.completion(
        model="openai/gpt-4o-mini", messages=ASK, extra_body=extra, extra_headers=headers, **OURS
    ).id


@case
def marks():
    return {
        "key": marked("of the key"),
        "body": marked("of the body", BODY),
        "body-no-tags": marked("of the body, no tags", {"project_name": "litellm-body"}),
        "header": marked(
            "of the header",
            BODY,
            opik_project_name="litellm-header",
            opik_tags='["header-tag", "body-tag"]',
            opik_thread_id="header-thread",
        ),
        "dashed": marked(
            "of the dashed header",
            BODY,
            **{
                "Opik-Project-Name": "litellm-header",
                "opik-tags": '["dashed-tag"]',
                "OPIK-Thread-Id": "dashed-thread",
            },
        ),
        "bad-tags": marked("of bad tags", BODY, opik_tags="no JSON"),
        "joined": marked(
            "joined",
            {"project_name": "litellm-joined", "current_span_data": json.loads(span)},
        ),
        "not-joined": marked(
            "not joined", {"project_name": "litellm-body", "current_span_data": "..."}
        ),
    }


case.tell()
