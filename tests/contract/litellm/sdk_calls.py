"""Run by LiteLLM's Python: calls through its SDK with `callbacks = ["opik"]`, facts on stdout.

Arguments: base URL of the upstream, prefix of the projects, the ids of a trace and a span to join.
Prints one JSON object with what LiteLLM itself said of each call.
"""

import json
import sys
from typing import Any

import litellm

BASE_URL, PREFIX, TRACE_ID, SPAN_ID = sys.argv[1:5]
MESSAGES = [{"role": "user", "content": "Say hello"}]
facts: dict[str, Any] = {}


def call(case: str, function: Any = litellm.completion, opik: Any = None, **kwargs: Any) -> Any:
    kwargs = {"model": "openai/gpt-4o-mini", **kwargs}
    if function is litellm.completion:
        kwargs = {"messages": MESSAGES, **kwargs}
    if "mock_response" not in kwargs:
        kwargs = {"api_base": BASE_URL, "api_key": "any", "max_retries": 0, **kwargs}
    answer = function(metadata={"opik": {"project_name": PREFIX + case, **(opik or {})}}, **kwargs)
    if not kwargs.get("stream"):
        note(case, answer)
    return answer


def note(case: str, answer: Any) -> None:
    facts[case] = {
        "cost": answer._hidden_params.get("response_cost"),
        "model": answer.model,
        "id": getattr(answer, "id", None),
    }


litellm.callbacks = ["opik"]
litellm.suppress_debug_info = True

call(
    "plain",
    opik={"tags": ["t1"], "thread_id": "thread-1", "custom": {"deep": [1]}},
    user="user-1",
    temperature=0.5,
)
call("second-turn", opik={"project_name": PREFIX + "plain", "thread_id": "thread-1"})

chunks = list(call("stream", stream=True, stream_options={"include_usage": True}))
note("stream", litellm.stream_chunk_builder(chunks, messages=MESSAGES))

call("tool", tools=[{"type": "function", "function": {"name": "weather", "parameters": {}}}])
call("text", litellm.text_completion, prompt="Say hello", model="text-completion-openai/gpt-4o")
call("embedding", litellm.embedding, input=["a", "b"], model="openai/text-embedding-3-small")
call("joined", opik={"current_span_data": {"trace_id": TRACE_ID, "id": SPAN_ID}})
call("string-span-data", opik={"current_span_data": "..."})
call("unpriced", model="openai/house-model-nobody-prices")
call("own-price", model="openai/house", input_cost_per_token=1e-3, output_cost_per_token=2e-3)
call("thread-by-name", opik={"thread_id": "Ünïcode / thread?#1"})

for model in ("gemini/gemini-2.0-flash", "vertex_ai/gemini-2.0-flash", "groq/llama-3.1-8b-instant",
              "anthropic/claude-3-5-haiku-20241022", "bedrock/anthropic.claude-3-haiku-20240307-v1:0"):
    call(model.partition("/")[0], model=model, mock_response="hello")

router = litellm.Router(
    model_list=[
        {
            "model_name": "house-alias",
            "litellm_params": {
                "model": "openai/gpt-4o-mini",
                "api_base": BASE_URL,
                "api_key": "any",
            },
        }
    ]
)
call("alias", router.completion, model="house-alias", messages=MESSAGES)

for status in (401, 429, 500):
    try:
        call("failed", model=f"openai/broken-{status}")
    except litellm.exceptions.APIError as error:
        facts[f"failed-{status}"] = type(error).__name__
    except Exception as error:  # each status has an exception of its own
        facts[f"failed-{status}"] = type(error).__name__

print(json.dumps(facts))
