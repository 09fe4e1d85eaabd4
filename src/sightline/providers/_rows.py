"""The rows: providers by LiteLLM's names, where they are and what they are particular in.

A new OpenAI-compatible provider is one more line in `COMPATIBLE`.
"""

import msgspec

from sightline.domain.generation import ApiType
from sightline.providers._provider import USUAL_APIS, Provider

_CHAT: frozenset[ApiType] = frozenset({"chat"})
_WITH_RESPONSES: frozenset[ApiType] = USUAL_APIS | {"responses"}
_EMBEDDINGS: frozenset[ApiType] = frozenset({"embeddings"})
# Samplers that OpenAI's API does not have: some refuse a request that names them.
_FOREIGN_SAMPLERS = frozenset({"top_k", "top_a", "min_p", "repetition_penalty"})


def _row(slug: str, name: str, base_url: str = "", key_env: str = "", **quirks: object) -> Provider:
    row = {"slug": slug, "name": name, "base_url": base_url, "key_env": key_env}
    return msgspec.convert({**row, **quirks}, Provider)


_STRICT = {"drops": _FOREIGN_SAMPLERS}
_LOCAL = {"needs_key": False}

COMPATIBLE: tuple[Provider, ...] = (
    _row(
        "openai",
        "OpenAI",
        "https://api.openai.com/v1",
        "OPENAI_API_KEY",
        apis=_WITH_RESPONSES,
        max_tokens="max_completion_tokens",
        **_STRICT,
    ),
    _row(
        "openrouter",
        "OpenRouter",
        "https://openrouter.ai/api/v1",
        "OPENROUTER_API_KEY",
        is_gateway=True,
        reasoning="object",
        drops=frozenset(),
        apis=_WITH_RESPONSES,
    ),
    _row(
        "mistral",
        "Mistral",
        "https://api.mistral.ai/v1",
        "MISTRAL_API_KEY",
        asks_usage=False,
        **_STRICT,
    ),
    _row(
        "codestral",
        "Mistral Codestral",
        "https://codestral.mistral.ai/v1",
        "CODESTRAL_API_KEY",
        asks_usage=False,
        **_STRICT,
    ),
    _row(
        "groq",
        "Groq",
        "https://api.groq.com/openai/v1",
        "GROQ_API_KEY",
        apis=_CHAT,
        max_tokens="max_completion_tokens",
        **_STRICT,
    ),
    _row("together_ai", "Together", "https://api.together.xyz/v1", "TOGETHERAI_API_KEY"),
    _row(
        "deepseek",
        "DeepSeek",
        "https://api.deepseek.com",
        "DEEPSEEK_API_KEY",
        apis=_CHAT,
        reasoning_field="reasoning_content",
    ),
    _row(
        "xai",
        "xAI",
        "https://api.x.ai/v1",
        "XAI_API_KEY",
        apis=_WITH_RESPONSES,
        max_tokens="max_completion_tokens",
        **_STRICT,
    ),
    _row(
        "fireworks_ai", "Fireworks", "https://api.fireworks.ai/inference/v1", "FIREWORKS_AI_API_KEY"
    ),
    _row(
        "perplexity", "Perplexity", "https://api.perplexity.ai", "PERPLEXITYAI_API_KEY", apis=_CHAT
    ),
    _row(
        "cerebras",
        "Cerebras",
        "https://api.cerebras.ai/v1",
        "CEREBRAS_API_KEY",
        max_tokens="max_completion_tokens",
        **_STRICT,
    ),
    _row("nvidia_nim", "NVIDIA NIM", "https://integrate.api.nvidia.com/v1", "NVIDIA_NIM_API_KEY"),
    _row("sambanova", "SambaNova", "https://api.sambanova.ai/v1", "SAMBANOVA_API_KEY"),
    _row("deepinfra", "DeepInfra", "https://api.deepinfra.com/v1/openai", "DEEPINFRA_API_KEY"),
    _row("hyperbolic", "Hyperbolic", "https://api.hyperbolic.xyz/v1", "HYPERBOLIC_API_KEY"),
    _row("novita", "Novita", "https://api.novita.ai/v3/openai", "NOVITA_API_KEY"),
    _row(
        "moonshot",
        "Moonshot AI",
        "https://api.moonshot.ai/v1",
        "MOONSHOT_API_KEY",
        apis=_CHAT,
        reasoning_field="reasoning_content",
    ),
    _row(
        "dashscope",
        "Alibaba",
        "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        "DASHSCOPE_API_KEY",
    ),
    _row(
        "zai",
        "Z.AI",
        "https://api.z.ai/api/paas/v4",
        "ZAI_API_KEY",
        apis=_CHAT,
        reasoning_field="reasoning_content",
    ),
    _row("minimax", "MiniMax", "https://api.minimax.io/v1", "MINIMAX_API_KEY", apis=_CHAT),
    _row(
        "volcengine", "Volcengine", "https://ark.cn-beijing.volces.com/api/v3", "VOLCENGINE_API_KEY"
    ),
    _row("cohere", "Cohere", "https://api.cohere.ai/compatibility/v1", "COHERE_API_KEY", **_STRICT),
    _row(
        "cohere_chat",
        "Cohere",
        "https://api.cohere.ai/compatibility/v1",
        "COHERE_API_KEY",
        **_STRICT,
    ),
    _row("ai21", "AI21", "https://api.ai21.com/studio/v1", "AI21_API_KEY", apis=_CHAT, **_STRICT),
    _row(
        "ai21_chat", "AI21", "https://api.ai21.com/studio/v1", "AI21_API_KEY", apis=_CHAT, **_STRICT
    ),
    _row("huggingface", "Hugging Face", "https://router.huggingface.co/v1", "HUGGINGFACE_API_KEY"),
    _row(
        "github", "GitHub Models", "https://models.github.ai/inference", "GITHUB_API_KEY", **_STRICT
    ),
    _row("databricks", "Databricks", "", "DATABRICKS_API_KEY"),
    _row("nebius", "Nebius", "https://api.studio.nebius.ai/v1", "NEBIUS_API_KEY"),
    _row("nscale", "Nscale", "https://inference.api.nscale.com/v1", "NSCALE_API_KEY"),
    _row("lambda_ai", "Lambda", "https://api.lambda.ai/v1", "LAMBDA_API_KEY"),
    _row(
        "featherless_ai", "Featherless", "https://api.featherless.ai/v1", "FEATHERLESS_AI_API_KEY"
    ),
    _row("friendliai", "Friendli", "https://api.friendli.ai/serverless/v1", "FRIENDLI_TOKEN"),
    _row("baseten", "Baseten", "https://inference.baseten.co/v1", "BASETEN_API_KEY"),
    _row("meta_llama", "Meta", "https://api.llama.com/compat/v1", "LLAMA_API_KEY", apis=_CHAT),
    _row("wandb", "Weights & Biases", "https://api.inference.wandb.ai/v1", "WANDB_API_KEY"),
    _row(
        "ovhcloud",
        "OVHcloud",
        "https://oai.endpoints.kepler.ai.cloud.ovh.net/v1",
        "OVHCLOUD_API_KEY",
    ),
    _row("aiml", "AI/ML API", "https://api.aimlapi.com/v1", "AIML_API_KEY"),
    _row(
        "vercel_ai_gateway",
        "Vercel AI Gateway",
        "https://ai-gateway.vercel.sh/v1",
        "VERCEL_AI_GATEWAY_API_KEY",
    ),
    _row("v0", "Vercel v0", "https://api.v0.dev/v1", "V0_API_KEY", apis=_CHAT),
    _row("cloudflare", "Cloudflare", "", "CLOUDFLARE_API_KEY"),
    _row("jina_ai", "Jina AI", "https://api.jina.ai/v1", "JINA_AI_API_KEY", apis=_EMBEDDINGS),
    _row("voyage", "Voyage AI", "https://api.voyageai.com/v1", "VOYAGE_API_KEY", apis=_EMBEDDINGS),
    _row("ollama", "Ollama", "http://localhost:11434/v1", "OLLAMA_API_KEY", **_LOCAL),
    _row("ollama_chat", "Ollama", "http://localhost:11434/v1", "OLLAMA_API_KEY", **_LOCAL),
    _row("lm_studio", "LM Studio", "http://localhost:1234/v1", "LM_STUDIO_API_KEY", **_LOCAL),
    _row("llamafile", "llamafile", "http://127.0.0.1:8080/v1", "LLAMAFILE_API_KEY", **_LOCAL),
    _row("xinference", "Xinference", "http://127.0.0.1:9997/v1", "XINFERENCE_API_KEY", **_LOCAL),
    _row("hosted_vllm", "vLLM", "", "HOSTED_VLLM_API_KEY", **_LOCAL),
    _row("vllm", "vLLM", "", "HOSTED_VLLM_API_KEY", **_LOCAL),
    _row("litellm_proxy", "LiteLLM", "", "LITELLM_PROXY_API_KEY", apis=_WITH_RESPONSES, **_LOCAL),
    _row("custom_openai", "OpenAI-compatible", "", "", **_LOCAL),
    _row("openai_like", "OpenAI-compatible", "", "OPENAI_LIKE_API_KEY", **_LOCAL),
    _row(
        "text-completion-openai",
        "OpenAI",
        "https://api.openai.com/v1",
        "OPENAI_API_KEY",
        apis=frozenset({"completions"}),
        **_STRICT,
    ),
)

OTHERS: tuple[Provider, ...] = (
    _row(
        "azure",
        "Azure",
        "",
        "AZURE_API_KEY",
        dialect="azure",
        auth="api-key",
        apis=_WITH_RESPONSES,
        max_tokens="max_completion_tokens",
        **_STRICT,
    ),
    _row("azure_ai", "Azure AI", "", "AZURE_AI_API_KEY", dialect="azure", auth="api-key"),
    _row(
        "anthropic",
        "Anthropic",
        "https://api.anthropic.com",
        "ANTHROPIC_API_KEY",
        dialect="anthropic",
        auth="x-api-key",
        apis=frozenset({"chat", "messages"}),
    ),
    _row(
        "gemini",
        "Google AI Studio",
        "https://generativelanguage.googleapis.com/v1beta",
        "GEMINI_API_KEY",
        dialect="google",
        auth="x-goog-api-key",
        apis=frozenset({"chat", "embeddings"}),
    ),
    *(
        _row(
            slug,
            "Google Vertex",
            "",
            "",
            dialect="vertex",
            needs_key=False,
            apis=frozenset({"chat", "messages", "embeddings"}),
        )
        for slug in ("vertex_ai", "vertex_ai_beta")
    ),
    *(
        _row(
            slug,
            "Amazon Bedrock",
            "",
            "AWS_BEARER_TOKEN_BEDROCK",
            dialect="bedrock",
            needs_key=False,
            apis=_CHAT,
        )
        for slug in ("bedrock", "bedrock_converse")
    ),
    _row("sightline", "Sightline", "", "", dialect="echo", needs_key=False),
)
