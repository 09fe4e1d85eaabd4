"""Azure: OpenAI's shapes under deployment addresses, with `api-key`."""

from urllib.parse import quote

from sightline.domain.gateway import Endpoint
from sightline.domain.generation import ApiType
from sightline.providers._options import option
from sightline.providers.openai import PATHS, OpenAIDialect, base_url

_VERSION = "2024-10-21"
_RESPONSES_VERSION = "preview"
_INFERENCE_VERSION = "2024-05-01-preview"


class AzureDialect(OpenAIDialect):
    """Options: `api_version`, `azure_ad_token` (sent as a bearer token instead of the key).

    The address may be a resource (`https://x.openai.azure.com`), whose deployment is the upstream
    model; a resource's `/openai/v1`; an inference address (`…/models`); or a whole deployment.
    """

    name = "azure"

    def _url(self, endpoint: Endpoint, api: ApiType) -> str:
        base, _, query = base_url(endpoint).partition("?")
        base = base.rstrip("/").removesuffix("/chat/completions")
        version = endpoint.options.get("api_version")
        path = PATHS[api]
        if base.endswith("/v1"):
            return base + path + (f"?api-version={version}" if version else "")
        if base.endswith("/models"):
            return f"{base}{path}?api-version={version or _INFERENCE_VERSION}"
        if query and not version:
            version = query.removeprefix("api-version=")
        if "/deployments/" in base:
            return f"{base}{path}?api-version={version or _VERSION}"
        base = base.removesuffix("/openai")
        if api == "responses":
            return f"{base}/openai/v1{path}?api-version={version or _RESPONSES_VERSION}"
        # A caller may name it: it must stay one step of the path.
        name = quote(endpoint.upstream_model, safe="")
        deployment = f"{base}/openai/deployments/{name}"
        return f"{deployment}{path}?api-version={version or _VERSION}"

    def _headers(self, endpoint: Endpoint) -> dict[str, str]:
        headers = super()._headers(endpoint)
        if token := option(endpoint, "azure_ad_token"):
            headers.pop("api-key", None)
            headers["authorization"] = f"Bearer {token}"
        return headers


DIALECT = AzureDialect()
