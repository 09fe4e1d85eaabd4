"""Who serves a model: one name per provider for the many that clients send."""

import re

# Names of the price list on the left, what clients call them on the right. Before the lookup a
# name is lowered and `-`, `.` and spaces become `_`, so `x-ai` and `gcp.vertex_ai` need no entry
# of their own beside `x_ai` and `gcp_vertex_ai`.
_ALIASES: dict[str, str] = {
    "openai": "open_ai text_completion_openai openai_chat openai_responses api_openai_com",
    "anthropic": "api_anthropic_com claude",
    "google_ai": "google gemini google_genai google_gla google_generative_ai google_ai_gemini"
    " google_ai_studio gcp_gemini gcp_gen_ai generativelanguage_googleapis_com",
    "google_vertexai": "vertex_ai vertexai vertex google_vertex google_vertex_ai google_cloud"
    " gcp_vertex_ai vertex_ai_language_models vertex_ai_beta aiplatform_googleapis_com",
    "anthropic_vertexai": "anthropic_vertex google_anthropic_vertex vertex_ai_anthropic_models",
    "bedrock": "aws aws_bedrock amazon_bedrock bedrock_converse bedrock_mantle anthropic_bedrock"
    " amazon sagemaker_bedrock",
    "azure": "azure_openai azure_text az_ai_openai azure_ai_openai microsoft_azure",
    "azure_ai": "azure_ai_inference az_ai_inference azure_inference azure_ai_foundry",
    "xai": "x_ai grok api_x_ai",
    "mistral": "mistralai mistral_ai api_mistral_ai",
    "cohere": "cohere_chat cohereai api_cohere_ai api_cohere_com",
    "deepseek": "api_deepseek_com",
    "groq": "api_groq_com",
    "together_ai": "together togetherai api_together_xyz api_together_ai",
    "fireworks_ai": "fireworks fireworksai api_fireworks_ai",
    "openrouter": "open_router openrouter_ai",
    "perplexity": "perplexity_ai api_perplexity_ai",
    "cerebras": "cerebras_ai api_cerebras_ai",
    "moonshot": "moonshotai moonshot_ai api_moonshot_ai api_moonshot_cn",
    "zai": "z_ai zhipuai api_z_ai",
    "dashscope": "alibaba alibaba_cloud",
    "voyage": "voyageai voyage_ai api_voyageai_com",
    "deepinfra": "deep_infra api_deepinfra_com",
    "github_copilot": "copilot api_githubcopilot_com",
    "vercel_ai_gateway": "vercel ai_gateway_vercel_sh",
    "ollama": "ollama_chat",
}
_NAME_BY_ALIAS = {
    alias: name for name, aliases in _ALIASES.items() for alias in (name, *aliases.split())
}

_HOST = re.compile(r"^(?:https?://)?([a-z0-9.-]+\.[a-z]{2,})(?::\d+)?(?:/.*)?$")
_AZURE_HOST = re.compile(r"\.(?:openai|cognitiveservices)\.azure\.com$")
_FOUNDRY_HOST = re.compile(r"\.(?:services|models|inference)\.ai\.azure\.com$")
_BEDROCK_HOST = re.compile(r"^bedrock-runtime\..*amazonaws\.com$")
_VERTEX_HOST = re.compile(r"aiplatform\.googleapis\.com$")

# Where else the same model stands at the same list price.
_ALSO_LISTED: dict[str, tuple[str, ...]] = {
    "azure": ("azure_ai", "openai"),
    "azure_ai": ("azure", "openai", "anthropic"),
    "google_ai": ("google_vertexai", "anthropic_vertexai"),
    "google_vertexai": ("google_ai", "anthropic_vertexai", "anthropic"),
    "anthropic_vertexai": ("anthropic", "google_vertexai"),
    "bedrock": ("anthropic",),
}

# These speak for other people's models: OpenAI's client is pointed at any compatible server,
# gateways pass the maker's price on. All other providers have their own price or none.
_RESELLERS = frozenset({"openai", "azure", "azure_ai", "openrouter", "vercel_ai_gateway"})

# Model names only their maker uses, read from the start of the bare name.
_MAKERS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (
            r"(?:ft:)?(?:gpt-(?!oss)|chatgpt-|o[1345](?:-|$)|davinci-|babbage-|codex-mini)"
            r"|text-embedding-(?:3|ada)|gpt35|computer-use-preview|omni-moderation",
            "openai",
        ),
        (r"claude-", "anthropic"),
        (r"gemini-", "google_ai"),
        (r"grok-", "xai"),
        (r"(?:mistral|ministral|codestral|magistral|devstral|pixtral|voxtral|open-mi)", "mistral"),
        (r"deepseek-(?:chat|reasoner)", "deepseek"),
        (r"(?:command|embed-(?:english|multilingual|v\d)|rerank-)", "cohere"),
        (r"sonar(?:-|$)", "perplexity"),
        (r"voyage-", "voyage"),
        (r"accounts/fireworks/", "fireworks_ai"),
        (r"@cf/", "cloudflare"),
        (
            r"(?:[a-z-]{2,6}\.)?(?:anthropic|amazon|meta|mistral|cohere|ai21|deepseek|qwen|writer"
            r"|openai|google|nvidia|minimax|moonshotai|moonshot|zai|xai|stability|twelvelabs)\.[a-z]",
            "bedrock",
        ),
    )
)


def provider_name(provider: str) -> str:
    """Our name for a provider as a client sent it: alias, host name or base URL."""
    sent = provider.strip().lower()
    if host := _HOST.match(sent):
        name = _name_of_host(host[1])
        if name is not None:
            return name
    plain = re.sub(r"[-. ]", "_", sent)
    return _NAME_BY_ALIAS.get(plain, plain)


def is_known_provider(name: str) -> bool:
    """Whether one of our provider names; models may carry it as a prefix."""
    return name in _ALIASES


def price_lists(name: str) -> tuple[str, ...]:
    """Lists to search for a provider's models, the provider's own first."""
    return (name, *_ALSO_LISTED.get(name, ()))


def may_resell(name: str) -> bool:
    """Whether the model's name tells better than the provider's who sets the price."""
    return name in _RESELLERS


def maker_of(model: str) -> str | None:
    """The provider a bare lower-case model name belongs to, if nobody else uses such names."""
    return next((name for pattern, name in _MAKERS if pattern.match(model)), None)


def _name_of_host(host: str) -> str | None:
    if _AZURE_HOST.search(host):
        return "azure"
    if _FOUNDRY_HOST.search(host):
        return "azure_ai"
    if _BEDROCK_HOST.match(host):
        return "bedrock"
    if _VERTEX_HOST.search(host):
        return "google_vertexai"
    return _NAME_BY_ALIAS.get(host.replace(".", "_").replace("-", "_"))
