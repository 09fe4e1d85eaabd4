"""OpenRouter's client in front of the gateway: openrouter_calls.py <URL> <key> <management key>."""

import asyncio
import sys
import time

import httpx
from _cases import Cases
from openrouter import OpenRouter, errors
from openrouter.utils import BackoffStrategy, RetryConfig

url, key, master = sys.argv[1:]
case = Cases()
base = f"{url}/api/v1"
client = OpenRouter(
    api_key=key,
    server_url=base,
    http_referer="https://app.example",
    x_open_router_title="An app",
    retry_config=None,
)
manager = OpenRouter(api_key=master, server_url=base, retry_config=None)
ASK = [{"role": "user", "content": "How warm is it in Oslo?"}]
ids = {}


def send(**fields):
    return client.chat.send(messages=ASK, **{"model": "gpt-4o-mini", **fields})


def found(id):
    """Look a call up; it is stored soon after it was answered."""
    end = time.monotonic() + 15
    while True:
        try:
            return client.generations.get_generation(id=id).data
        except errors.NotFoundResponseError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


@case
def plain():
    answer = send(
        user="user-1",
        session_id="session-1",
        trace={
            "trace_name": "Doc run",
            "span_name": "Step 2",
            "generation_name": "Summarise",
            "environment": "staging",
            "version": "1.2.3",
        },
        metadata={"team": "blue"},
        temperature=0.2,
    )
    ids["plain"] = answer.id
    return answer


@case
def stream():
    with send(stream=True) as events:
        chunks = list(events)
    ids["stream"] = chunks[0].id
    return {
        "text": "".join(c.choices[0].delta.content or "" for c in chunks if c.choices),
        "last": chunks[-1],
        "ids": sorted({chunk.id for chunk in chunks}),
    }


@case
def tools():
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    told = {"name": "weather", "description": "of a city", "parameters": schema}
    answer = send(model="claude", tools=[{"type": "function", "function": told}])
    return answer.choices[0].message.tool_calls


@case
def fallbacks():
    answer = client.chat.send(
        messages=ASK,
        models=["up/fail-503", "claude", "gpt-4o-mini"],
        x_open_router_metadata="enabled",
    )
    ids["fallbacks"] = answer.id
    return answer


@case
def preferences():
    """Two deployments of `doubled` at two providers."""
    only = send(model="doubled", provider={"only": ["groq"]}, x_open_router_metadata="enabled")
    order = send(model="doubled", provider={"order": ["Groq", "openai"]})
    return {
        "only": only.openrouter_metadata.attempts[0].provider,
        "order": order.choices[0].message.content,
    }


@case
def nobody_is_left():
    return send(model="doubled", provider={"only": ["mistral"]})


@case
def no_second_try():
    return send(model="doubled", provider={"order": ["openai"], "allow_fallbacks": False})


@case
def metadata():
    return send(x_open_router_metadata="enabled").openrouter_metadata


@case
def cached():
    headers = {"X-OpenRouter-Cache": "true", "X-OpenRouter-Cache-TTL": "60"}
    ask = {"messages": [{"role": "user", "content": "Say it twice"}], "model": "gpt-4o-mini"}
    seen = []
    hooked = httpx.Client(event_hooks={"response": [lambda answer: seen.append(answer.headers)]})
    own = OpenRouter(api_key=key, server_url=base, client=hooked, retry_config=None)
    first = own.chat.send(**ask, http_headers=headers)
    second = own.chat.send(**ask, http_headers=headers)
    ids["cached"] = second.id
    told = {"status": "status", "age": "age", "ttl": "ttl", "source": "source-id"}
    return {
        "first": first,
        "second": second,
        "headers": [
            {name: each.get(f"x-openrouter-cache-{header}") for name, header in told.items()}
            for each in seen
        ],
    }


@case
def generation():
    data = found(ids["plain"])
    content = client.generations.list_generation_content(id=ids["plain"])
    return {"data": data, "content": content.data, "stream": found(ids["stream"])}


@case
def generation_of_fallbacks():
    return found(ids["fallbacks"])


@case
def generation_of_the_cache():
    return found(ids["cached"])


@case
def generation_of_nobody():
    return client.generations.get_generation(id="gen-1790000000-AbCdEfGhIjKlMnOpQrSt")


@case
def embeddings():
    return client.embeddings.generate(
        model="text-embedding-3-small", input=["a", "b"], user="user-1"
    )


@case
def responses():
    whole = client.responses.send(model="gpt-4o-mini", input="How warm?", session_id="session-1")
    translated = client.responses.send(model="claude", input="How warm?")
    with client.responses.send(model="claude", input="How warm?", stream=True) as events:
        kinds = [event.type for event in events]
    return {"whole": whole, "translated": translated, "kinds": kinds}


@case
def presets():
    saved = manager.presets.create_presets_chat_completions(
        slug="terse",
        messages=[{"role": "system", "content": "Be terse."}],
        model="gpt-4o-mini",
        temperature=0.3,
    )
    listed = client.presets.list()
    read = client.presets.get(slug="terse")
    used = client.chat.send(messages=ASK, model="@preset/terse")
    over = client.chat.send(messages=ASK, model="claude@preset/terse", temperature=0.9)
    return {
        "saved": saved.data,
        "listed": [one.slug for one in listed.result.data]
        if hasattr(listed, "result")
        else [one.slug for one in listed.data],
        "read": read.data.slug,
        "used": used.model,
        "over": over.model,
    }


@case
def no_such_preset():
    return client.chat.send(messages=ASK, model="@preset/nobody")


@case
def models():
    listed = client.models.list()
    endpoints = client.endpoints.list(author="openai", slug="gpt-4o")
    return {
        "listed": [
            model.id for model in (listed.result if hasattr(listed, "result") else listed).data
        ],
        "endpoints": endpoints.data,
        "count": client.models.count().data.count,
        "providers": [one.slug for one in client.providers.list().data],
    }


@case
def own_key():
    return client.api_keys.get_current_key_metadata().data


@case
def keys():
    made = manager.api_keys.create(name="By the client", limit=0)
    poor = OpenRouter(api_key=made.key, server_url=base, retry_config=None)
    said = {"label": made.data.label, "hash": made.data.hash}
    try:
        poor.chat.send(messages=ASK, model="gpt-4o-mini")
    except errors.OpenRouterError as error:
        said["poor"] = [type(error).__name__, error.status_code, str(error)]
    changed = manager.api_keys.update(hash=made.data.hash, disabled=True)
    said["disabled"] = changed.data.disabled
    try:
        poor.chat.send(messages=ASK, model="gpt-4o-mini")
    except errors.OpenRouterError as error:
        said["off"] = [type(error).__name__, error.status_code]
    listed = manager.api_keys.list(include_disabled=True)
    rows = (listed.result if hasattr(listed, "result") else listed).data
    said["listed"] = made.data.hash in [one.hash for one in rows]
    said["read"] = manager.api_keys.get(hash=made.data.hash).data.name
    said["deleted"] = manager.api_keys.delete(hash=made.data.hash)
    return said


@case
def keys_by_who_may_not():
    return client.api_keys.create(name="No")


@case
def credits():
    return manager.credits.get_credits().data


@case
def activity():
    return manager.analytics.get_user_activity()


@case
def status_400():
    return send(model="up/fail-400")


@case
def status_401():
    with OpenRouter(api_key="sk-sl-v1-nobody", server_url=base, retry_config=None) as other:
        return other.chat.send(messages=ASK, model="gpt-4o-mini")


@case
def status_429():
    return send(model="up/fail-429")


@case
def status_502():
    return send(model="up/fail-500")


@case
def retried():
    """The client tries again by itself when it is told to."""
    strategy = BackoffStrategy(
        initial_interval=50, max_interval=100, exponent=1.5, max_elapsed_time=8000
    )
    patient = RetryConfig(strategy="backoff", backoff=strategy, retry_connection_errors=True)
    return send(model="up/fail-503-1", retries=patient).choices[0].message.content


@case
def cut():
    with send(model="up/cut", stream=True) as events:
        chunks = list(events)
    return {"last": chunks[-1], "count": len(chunks)}


@case
def asynchronous():
    async def ask():
        async with OpenRouter(api_key=key, server_url=base) as own:
            stream = await own.chat.send_async(messages=ASK, model="claude", stream=True)
            async with stream:
                return "".join(
                    [c.choices[0].delta.content or "" async for c in stream if c.choices]
                )

    return asyncio.run(ask())


@case
def not_built():
    return client.rerank.rerank(model="x", query="a", documents=["b"])


case.tell()
