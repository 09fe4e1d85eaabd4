"""Amazon Bedrock's Converse API. Signing with access keys needs the extra `sightline[bedrock]`."""

import importlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sightline.core import codec
from sightline.core.errors import ConfigurationError
from sightline.domain.gateway import Endpoint
from sightline.domain.generation import ApiType
from sightline.domain.upstream import Parsed, UpstreamError
from sightline.providers import _errors, _sends
from sightline.providers._converse import to_chat, to_converse, usage_of
from sightline.providers._converse_stream import ConverseStream
from sightline.providers._options import option
from sightline.providers.base import Stream, UpstreamRequest
from sightline.wire.loose import as_dict, decoded, plain
from sightline.wire.openai import usage as usages

_REGION = "us-east-1"


class BedrockDialect:
    """Options: `aws_region_name`, `aws_access_key_id`, `aws_secret_access_key`,
    `aws_session_token`. An endpoint with a key (a Bedrock API key) needs no signature.
    """

    name = "bedrock"
    native: frozenset[ApiType] = frozenset({"chat"})

    def apis(self, endpoint: Endpoint) -> frozenset[ApiType]:
        return self.native

    def request(
        self, endpoint: Endpoint, api: ApiType, body: Mapping[str, Any], *, stream: bool
    ) -> UpstreamRequest:
        model = endpoint.upstream_model.removeprefix("converse/")
        region = option(endpoint, "aws_region_name", "region") or _REGION
        base = option(endpoint, "aws_bedrock_runtime_endpoint") or endpoint.base_url
        base = base or f"https://bedrock-runtime.{region}.amazonaws.com"
        # An ARN has slashes, an id has a colon: both belong into one step of the path.
        url = f"{base.rstrip('/')}/model/{quote(model, safe='')}/converse"
        data = codec.encode(to_converse(plain(body), model))
        headers = {"content-type": "application/json"}
        headers.update({name.lower(): value for name, value in endpoint.headers.items()})
        request = UpstreamRequest(
            url=f"{url}-stream" if stream else url, headers=headers, body=data
        )
        if endpoint.api_key:
            headers["authorization"] = f"Bearer {endpoint.api_key.reveal()}"
            return request
        return signed(endpoint, request, region)

    def drops(self, endpoint: Endpoint, api: ApiType, names: frozenset[str]) -> frozenset[str]:
        return names - _sends.CONVERSE

    def answer(self, endpoint: Endpoint, api: ApiType, data: bytes) -> Parsed:
        try:
            value = decoded(data)
        except ValueError:
            raise _errors.no_answer("valid JSON") from None
        if not isinstance(value, dict) or not isinstance(value.get("output"), dict):
            raise _errors.no_answer()
        chat = to_chat(value)
        usage = usage_of(as_dict(value.get("usage")))
        if usage is not None:
            chat["usage"] = usages.to_wire("chat", usage)
        first = chat["choices"][0]
        return Parsed(
            value=chat,
            usage=usage,
            finish_reason=first["finish_reason"],
            native_finish_reason=first["native_finish_reason"],
        )

    def stream(self, endpoint: Endpoint, api: ApiType) -> Stream:
        return ConverseStream()

    def error(self, status: int, headers: Mapping[str, str], data: bytes) -> UpstreamError:
        return _errors.refusal(status, headers, data)


def signed(endpoint: Endpoint, request: UpstreamRequest, region: str) -> UpstreamRequest:
    """Return the request with its signature (SigV4). Raises `ConfigurationError`."""
    key = option(endpoint, "aws_access_key_id", "access_key_id")
    secret = option(endpoint, "aws_secret_access_key", "secret_access_key")
    if not key or not secret:
        raise ConfigurationError(
            f"`{endpoint.model}`: Bedrock needs `aws_access_key_id` and `aws_secret_access_key`",
            hint="Or set `api_key` to an API key of Bedrock.",
        )
    try:
        auth = importlib.import_module("botocore.auth")
        awsrequest = importlib.import_module("botocore.awsrequest")
        credentials = importlib.import_module("botocore.credentials")
    except ImportError:
        raise ConfigurationError(
            "Signing requests for Bedrock needs the library botocore",
            hint="Install it: pip install 'sightline[bedrock]'.",
        ) from None
    token = option(endpoint, "aws_session_token", "session_token")
    unsigned = awsrequest.AWSRequest(
        method=request.method, url=request.url, data=request.body, headers=request.headers
    )
    auth.SigV4Auth(credentials.Credentials(key, secret, token), "bedrock", region).add_auth(
        unsigned
    )
    headers = {name.lower(): value for name, value in unsigned.headers.items()}
    return UpstreamRequest(url=request.url, headers=headers, body=request.body)


DIALECT = BedrockDialect()
