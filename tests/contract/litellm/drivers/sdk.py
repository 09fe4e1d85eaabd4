"""Run by LiteLLM's Python: calls through its SDK with `callbacks = ["opik"]`, facts on stdout.

    sdk.py <JSON of: upstream, api, prefix, trace_id, span_id, guide_call, guide_tracked,
            and of another server other_api, key>

LiteLLM takes its settings from `~/.opik.config`. Prints what LiteLLM itself said of each case, as
one JSON object on the last line.
"""

import asyncio
import importlib.util
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import litellm
from litellm.integrations.opik.opik import OpikLogger

GIVEN = json.loads(sys.argv[1])
BASE_URL, PREFIX = GIVEN["upstream"], GIVEN["prefix"]
HAS_OPIK = importlib.util.find_spec("opik") is not None
MODEL = "openai/gpt-4o-mini"
MESSAGES = [{"role": "user", "content": "Say hello"}]
WEATHER = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
facts: dict[str, Any] = {}


def arguments(case: str, opik: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return the arguments of a call that is logged to the case's own project."""
    found = {
        "model": MODEL,
        "metadata": {"opik": {"project_name": f"{PREFIX}{case}", **(opik or {})}},
        **more,
    }
    if not {"input", "prompt"} & set(found):
        found.setdefault("messages", MESSAGES)
    if "mock_response" not in found:
        found |= {"api_base": BASE_URL, "api_key": "any", "max_retries": 0}
    return found


def call(case: str, function: Any = litellm.completion, **more: Any) -> None:
    """Make a call and note what LiteLLM says of it; a stream is read to its end."""
    answer = function(**arguments(case, **more))
    if more.get("stream"):
        answer = litellm.stream_chunk_builder(list(answer), messages=MESSAGES)
    note(case, answer)


async def acall(case: str, function: Any = litellm.acompletion, **more: Any) -> None:
    answer = await function(**arguments(case, **more))
    if more.get("stream"):
        chunks = [chunk async for chunk in answer]
        answer = litellm.stream_chunk_builder(chunks, messages=MESSAGES)
    note(case, answer)
    await sent(f"{PREFIX}{case}")


def note(case: str, answer: Any) -> None:
    facts[case] = {"cost": answer._hidden_params.get("response_cost"), "model": answer.model}


async def sent(project: str) -> None:
    """Wait until the call is stored: LiteLLM 1.109.1 forgets calls that end while it sends."""
    if HAS_OPIK:
        return
    (logger,) = litellm.logging_callback_manager.get_custom_loggers_for_type(OpikLogger)
    while logger.log_queue or not await asyncio.to_thread(stored, GIVEN["api"], project):
        await asyncio.sleep(0.02)


def stored(api: str, project: str, key: str = "") -> bool:
    query = urllib.parse.urlencode({"project_name": project})
    request = urllib.request.Request(f"{api}/v1/private/spans?{query}")
    if key:
        request.add_header("Authorization", key)
    try:
        with urllib.request.urlopen(request) as answer:
            return bool(json.load(answer)["content"])
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return False
        raise


def by_hand() -> None:
    """Callbacks made by hand: one with a base URL that ends in a slash, one with a key."""
    other, key = GIVEN["other_api"], GIVEN["key"]
    litellm.callbacks = [
        OpikLogger(url=f"{GIVEN['api']}/", project_name=f"{PREFIX}slash"),
        OpikLogger(url=other, api_key=key, workspace="team", project_name="keyed"),
    ]
    litellm.completion(model=MODEL, messages=MESSAGES, api_base=BASE_URL, api_key="any")
    while not stored(GIVEN["api"], f"{PREFIX}slash") or not stored(other, "keyed", key):
        time.sleep(0.02)
    litellm.logging_callback_manager._reset_all_callbacks()


async def asynchronous() -> None:
    """Before the others, since the callback starts its timer in the loop of the first call."""
    await acall("async", opik={"tags": ["t1"], "thread_id": "thread-a"})
    await acall("async-stream", stream=True, stream_options={"include_usage": True})
    await acall("async-embedding", litellm.aembedding, input=["a", "b"], model=EMBEDDING)
    for status in (401, 429, 500):
        try:
            await litellm.acompletion(**arguments("failed", model=f"openai/broken-{status}"))
        except Exception as error:  # noqa: BLE001 - each status has a class of its own
            facts[f"async-failed-{status}"] = type(error).__name__


def synchronous() -> None:
    call(
        "sync",
        opik={"tags": ["t1", "t2"], "thread_id": "thread-1", "custom": {"deep": [1, "two"]}},
        user="user-1",
        temperature=0.5,
    )
    call("thread", opik={"thread_id": "Ünï / thread?#1"})
    call("thread", opik={"thread_id": "Ünï / thread?#1"})
    call("stream", stream=True, stream_options={"include_usage": True})
    call("tool", tools=[WEATHER])
    call("text", litellm.text_completion, prompt="Hello", model="text-completion-openai/gpt-4o")
    call("embedding", litellm.embedding, input=["a", "b"], model=EMBEDDING)
    call("joined", opik={"current_span_data": {"trace_id": TRACE_ID, "id": SPAN_ID}})
    call("not-joined", opik={"current_span_data": "..."})
    call("unpriced", model="openai/model-that-nobody-prices")
    call("own-price", input_cost_per_token=1e-3, output_cost_per_token=2e-3, model="openai/house")
    call("free", input_cost_per_token=0, output_cost_per_token=0, model="openai/own-hardware")
    for model in MOCKED:
        call("providers", model=model, mock_response="hello")
    call("alias", ROUTER.completion, model="house-alias")
    for status in (401, 429, 500):
        try:
            call("failed", model=f"openai/broken-{status}")
        except Exception as error:  # noqa: BLE001 - each status has a class of its own
            facts[f"failed-{status}"] = type(error).__name__


def guide() -> None:
    """The programs of docs/guides/litellm.md, with the upstream where OpenAI would be."""
    os.environ |= {"OPENAI_BASE_URL": BASE_URL, "OPENAI_API_KEY": "any"}
    exec(GIVEN["guide_call"], {})
    if HAS_OPIK:
        program: dict[str, Any] = {}
        exec(GIVEN["guide_tracked"], program)
        facts["tracked"] = program["answer"]("How are you?")


EMBEDDING = "openai/text-embedding-3-small"
TRACE_ID, SPAN_ID = GIVEN["trace_id"], GIVEN["span_id"]
MOCKED = [
    "gemini/gemini-2.0-flash",
    "vertex_ai/gemini-2.0-flash",
    "groq/llama-3.1-8b-instant",
    "anthropic/claude-3-5-haiku-20241022",
    "bedrock/anthropic.claude-3-haiku-20240307-v1:0",
]
ROUTER = litellm.Router(
    model_list=[
        {
            "model_name": "house-alias",
            "litellm_params": {"model": MODEL, "api_base": BASE_URL, "api_key": "any"},
        }
    ]
)

litellm.suppress_debug_info = True
if not HAS_OPIK:
    by_hand()
litellm.callbacks = ["opik"]
asyncio.run(asynchronous())
synchronous()
guide()
print(json.dumps(facts))
