"""What a workspace may call: its providers and models, the operator's file, presets."""

import msgspec
import pytest

from sightline.core.clock import FakeClock
from sightline.core.errors import ConflictError, NotFoundError, UnprocessableError
from sightline.core.ids import format_id, new_id
from sightline.core.sealing import Sealer
from sightline.destinations.base import HttpResponse
from sightline.domain.workspace import DEFAULT_WORKSPACE_ID
from sightline.net.outbound import Outbound, OutboundOptions
from sightline.pricing.price_book import default_price_book
from sightline.services.gateway.catalogue import GatewayCatalogue
from sightline.services.gateway.config import FileConfig, build_config
from sightline.services.gateway.definitions import EndpointDefinition, RoutingDefinition
from sightline.services.gateway.models import ModelBody, ModelChanges, Models, find_model, listed
from sightline.services.gateway.presets import PresetBody, PresetChanges, Presets
from sightline.services.gateway.providers import (
    ProviderBody,
    ProviderChanges,
    Providers,
    provider_body,
)
from sightline.stores.catalog.engine import Catalog
from sightline.wire.litellm import parse

W = DEFAULT_WORKSPACE_ID
KEY = "sk-a-long-provider-key-1234"
BOOK = default_price_book()
FILE = """
model_list:
- {model_name: ours, litellm_params: {model: openai/gpt-4o, api_key: k}}
router_settings: {num_retries: 7, model_group_alias: {short: ours}}
"""


class Upstream:
    """A provider's list of models, and what was asked of it."""

    def __init__(self):
        self.asked = []
        self.answer = HttpResponse(status=200, body=b'{"data":[{"id":"b"},{"id":"a"}]}')

    async def fetch(self, request):
        self.asked.append(request)
        return self.answer


class Room:
    def __init__(self, catalog, clock, upstream, sealer=None, file=None):
        self.clock = clock
        sealer = sealer or Sealer(bytes(32))
        self.catalogue = GatewayCatalogue(catalog, sealer, clock, file or FileConfig())
        self.providers = Providers(catalog, sealer, self.catalogue, upstream, clock)
        self.models = Models(catalog, self.catalogue, clock)
        self.presets = Presets(catalog, self.catalogue, clock)

    async def provider(self, **more):
        body = ProviderBody(**{"slug": "openai", "api_key": KEY, **more})
        return await self.providers.create(W, "ann", body)

    async def model(self, slug, provider, **more):
        endpoint = EndpointDefinition(provider_id=format_id(provider.id), upstream_model="gpt-4o")
        return await self.models.create(
            W, "ann", ModelBody(slug=slug, endpoints=(endpoint,), **more)
        )

    async def snapshot(self):
        return await self.catalogue.snapshot(W)


@pytest.fixture
def catalog(catalog_url):
    catalog = Catalog.open(catalog_url)
    yield catalog
    catalog.close()


@pytest.fixture
def upstream():
    return Upstream()


@pytest.fixture
async def room(catalog, upstream):
    room = Room(catalog, FakeClock(), upstream)
    yield room
    await room.catalogue.stop()


async def test_an_empty_server_has_the_echo(room):
    snapshot = await room.snapshot()
    assert set(snapshot.models) == {"sightline/echo"}
    assert snapshot.models["sightline/echo"].endpoints[0].dialect == "echo"


async def test_a_provider_with_a_key_serves_its_models_by_prefix_and_by_bare_name(room):
    await room.provider()
    snapshot = await room.snapshot()
    for name in ("openai/gpt-4o", "gpt-4o"):
        (endpoint,) = find_model(snapshot, name).endpoints
        assert endpoint.upstream_model == "gpt-4o"
        assert endpoint.api_key.reveal() == KEY
        assert not endpoint.allows_private
    assert find_model(snapshot, "other/gpt-4o") is None
    assert find_model(snapshot, "openai/") is None
    slugs = {model.slug for model in listed(snapshot, BOOK)}
    assert {"sightline/echo", "openai/gpt-4o"} <= slugs


async def test_a_provider_with_models_of_the_workspace_serves_those_alone(room):
    provider = await room.provider()
    await room.model("fast", provider)
    snapshot = await room.snapshot()
    assert set(snapshot.models) == {"sightline/echo", "fast"}
    assert not snapshot.wildcards


async def test_changes_here_are_seen_at_once_and_elsewhere_within_5_s(catalog, room, upstream):
    other = Room(catalog, room.clock, upstream)
    before = await other.snapshot()
    provider = await room.provider()
    assert (await room.snapshot()).wildcards
    assert await other.snapshot() is before
    room.clock.advance(5)
    assert (await other.snapshot()).wildcards
    await room.providers.update(W, provider.id, "ann", ProviderChanges(enabled=False))
    assert not (await room.snapshot()).wildcards
    await other.catalogue.stop()


async def test_what_does_not_change_stays_the_same_object(room):
    await room.provider()
    before = await room.snapshot()
    room.clock.advance(60)
    assert await room.snapshot() is before


async def test_the_file_is_for_every_workspace_and_ones_own_models_stand_over_it(catalog, upstream):
    config = build_config(parse(FILE, name="f", environment={}), {}, BOOK)
    room = Room(catalog, FakeClock(), upstream, file=config)
    assert find_model(await room.snapshot(), "short").slug == "ours"
    assert "ours" in (await room.catalogue.snapshot(new_id())).models
    provider = await room.provider(slug="mine", base_url="https://models.example/v1")
    await room.model("ours", provider)
    snapshot = await room.snapshot()
    assert snapshot.models["ours"].endpoints[0].provider == "mine"
    await room.models.set_routing(W, "ann", RoutingDefinition(default_model="ours"))
    router = (await room.snapshot()).router
    assert (router.num_retries, router.default_model) == (7, "ours")
    await room.catalogue.stop()


async def test_a_workspace_sees_nothing_of_another(room):
    provider = await room.provider()
    model = await room.model("fast", provider)
    elsewhere = new_id()
    assert set((await room.catalogue.snapshot(elsewhere)).models) == {"sightline/echo"}
    for call in (
        room.providers.get(elsewhere, provider.id),
        room.providers.test(elsewhere, provider.id),
        room.providers.remove(elsewhere, provider.id),
        room.providers.update(elsewhere, provider.id, "eve", ProviderChanges(name="x")),
        room.models.remove(elsewhere, model.id),
        room.models.update(elsewhere, model.id, "eve", ModelChanges(enabled=False)),
    ):
        with pytest.raises(NotFoundError):
            await call
    endpoint = EndpointDefinition(provider_id=format_id(provider.id), upstream_model="x")
    with pytest.raises(UnprocessableError, match="no provider of this workspace"):
        await room.models.create(elsewhere, "eve", ModelBody(slug="s", endpoints=(endpoint,)))


async def test_secrets_are_sealed_in_the_catalog_and_masked_outside(room, tmp_path):
    secrets = {"headers": {"x-key": "header-secret-1"}, "options": {"aws_secret_access_key": KEY}}
    row = await room.provider(**secrets)
    shown = provider_body(row)
    assert shown["api_key"] == "****...1234"
    assert shown["options"]["aws_secret_access_key"] == "****...1234"
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for text in (KEY, "header-secret"):
        assert text not in repr(row) + repr(shown)
        assert text.encode() not in stored


async def test_a_masked_secret_that_comes_back_stays_what_it_is(room):
    row = await room.provider(headers={"x-key": "header-secret-1"})
    changes = ProviderChanges(name="N", api_key="****...1234", headers={"x-key": "****...et-1"})
    await room.providers.update(W, row.id, "ann", changes)
    endpoint = find_model(await room.snapshot(), "openai/a").endpoints[0]
    assert endpoint.api_key.reveal() == KEY
    assert endpoint.headers == {"x-key": "header-secret-1"}
    await room.providers.update(W, row.id, "ann", ProviderChanges(api_key=None, headers={}))
    endpoint = find_model(await room.snapshot(), "openai/a").endpoints[0]
    assert endpoint.api_key is None


async def test_a_key_does_not_follow_an_address_that_is_changed(room):
    row = await room.provider()
    for changes in (
        ProviderChanges(base_url="https://elsewhere.example/v1"),
        ProviderChanges(base_url="https://elsewhere.example/v1", api_key="****...1234"),
    ):
        with pytest.raises(UnprocessableError, match="base_url changes"):
            await room.providers.update(W, row.id, "eve", changes)
    new = ProviderChanges(base_url="https://elsewhere.example/v1", api_key="sk-another-key-99")
    changed = await room.providers.update(W, row.id, "ann", new)
    assert changed.base_url == "https://elsewhere.example/v1"


BEDROCK = {"slug": "bedrock", "options": {"aws_region_name": "eu-west-1"}}
RUNTIME = {"aws_bedrock_runtime_endpoint": "https://elsewhere.example"}


@pytest.mark.parametrize(
    ("made", "changes", "field"),
    [
        ({}, {"dialect": "anthropic"}, "dialect"),
        ({}, {"dialect": "anthropic", "api_key": "****...1234"}, "dialect"),
        (BEDROCK, {"options": {"aws_region_name": "us-east-1"}}, "aws_region_name"),
        (BEDROCK, {"options": {**BEDROCK["options"], **RUNTIME}}, "aws_bedrock_runtime_endpoint"),
        (BEDROCK, {"options": {}}, "aws_region_name"),
    ],
)
async def test_a_key_does_not_follow_what_makes_up_the_address(room, made, changes, field):
    row = await room.provider(**made)
    with pytest.raises(UnprocessableError, match=f"{field} changes: enter the API key"):
        await room.providers.update(W, row.id, "eve", ProviderChanges(**changes))
    again = ProviderChanges(**{**changes, "api_key": "sk-another-key-99"})
    await room.providers.update(W, row.id, "ann", again)


async def test_a_sealed_option_does_not_follow_a_region_that_is_changed(room):
    options = {"aws_region_name": "eu-west-1", "aws_secret_access_key": KEY}
    row = await room.provider(slug="bedrock", options=options)
    changes = {"aws_region_name": "us-east-1", "aws_secret_access_key": "****...1234"}
    # The key is typed again, the other secret is not.
    given = ProviderChanges(api_key="sk-another-key-99", options=changes)
    with pytest.raises(UnprocessableError, match=r"options\.aws_region_name changes"):
        await room.providers.update(W, row.id, "eve", given)


async def test_what_is_no_part_of_the_address_changes_without_the_key(room):
    row = await room.provider(options={"organization": "a"})
    changes = ProviderChanges(options={"organization": "b"}, dialect="openai")
    await room.providers.update(W, row.id, "ann", changes)
    endpoint = find_model(await room.snapshot(), "openai/a").endpoints[0]
    assert (endpoint.options["organization"], endpoint.api_key.reveal()) == ("b", KEY)


WRONG = [
    ("options", {"aws_region_name": "x.evil.example/"}),
    ("options", {"region": "eu@x"}),
    ("options", {"vertex_location": "a" * 65}),
    ("options", {"location": 7}),
    ("options", {"aws_bedrock_runtime_endpoint": "https://user:pw@x"}),
    ("options", {"aws_bedrock_runtime_endpoint": "x.example"}),
    ("headers", {"Content-Length": "1"}),
    ("headers", {"transfer-encoding": "chunked"}),
    ("headers", {"Host": "x"}),
    ("headers", {"Connection": "close"}),
    ("headers", {"a b": "x"}),
    ("headers", {"x-a": "b\r\nx-c: d"}),
]


@pytest.mark.parametrize(("field", "value"), WRONG)
async def test_headers_and_options_that_cannot_be(room, field, value):
    (name,) = value
    with pytest.raises(UnprocessableError, match=f"{field}.*{name}"):
        await room.provider(**{field: value})
    row = await room.provider()
    with pytest.raises(UnprocessableError, match=f"{field}.*{name}"):
        await room.providers.update(W, row.id, "ann", ProviderChanges(**{field: value}))


async def test_another_secret_key_leaves_providers_out_and_breaks_nothing(catalog, room, upstream):
    row = await room.provider()
    other = Room(catalog, room.clock, upstream, Sealer(bytes(range(32))))
    assert set((await other.snapshot()).models) == {"sightline/echo"}
    assert not (await other.snapshot()).wildcards
    assert "enter it again" in (await other.providers.test(W, row.id)).error


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"slug": "openai", "api_key": ""}, "api_key"),
        ({"slug": "own"}, "base_url"),
        ({"slug": "own", "base_url": "ftp://x"}, "base_url"),
        ({"slug": "own", "base_url": "https://user:pw@x/v1"}, "base_url"),
        ({"slug": "own", "base_url": "https://x/v1", "dialect": "klingon"}, "dialect"),
        ({"slug": "sightline", "api_key": "k"}, "built in"),
    ],
)
async def test_a_provider_that_cannot_be(room, body, words):
    with pytest.raises(UnprocessableError, match=words):
        await room.provider(**body)


async def test_a_slug_is_taken_once(room):
    provider = await room.provider()
    with pytest.raises(ConflictError):
        await room.provider()
    await room.model("fast", provider)
    with pytest.raises(ConflictError):
        await room.model("fast", provider)


@pytest.mark.parametrize("slug", ["", " ", "a b", "@preset/x", "openai/*", "a/", "/a", "x" * 300])
async def test_a_model_slug_that_cannot_be(room, slug):
    provider = await room.provider()
    with pytest.raises(UnprocessableError, match="slug"):
        await room.model(slug, provider)


# The test button


async def test_the_test_lists_the_providers_models(room, upstream):
    row = await room.provider(headers={"x-team": "blue"})
    probe = await room.providers.test(W, row.id)
    assert (probe.ok, probe.status, probe.models) == (True, 200, ["a", "b"])
    (request,) = upstream.asked
    assert (request.method, request.url) == ("GET", "https://api.openai.com/v1/models")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["x-team"] == "blue"
    assert KEY not in repr(probe)


@pytest.mark.parametrize(
    ("slug", "url", "header"),
    [
        ("anthropic", "https://api.anthropic.com/v1/models?limit=1000", "x-api-key"),
        (
            "gemini",
            "https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000",
            "x-goog-api-key",
        ),
    ],
)
async def test_each_dialect_is_asked_in_its_own_way(room, upstream, slug, url, header):
    row = await room.provider(slug=slug)
    await room.providers.test(W, row.id)
    assert upstream.asked[0].url == url
    assert upstream.asked[0].headers[header] == KEY


async def test_a_refusal_is_told_without_the_key_that_it_repeats(room, upstream):
    upstream.answer = HttpResponse(status=401, body=f"Incorrect API key: {KEY}".encode())
    probe = await room.providers.test(W, (await room.provider()).id)
    assert not probe.ok
    assert "refuses the key" in probe.error
    assert probe.answer == "Incorrect API key: ****...1234"


async def test_a_private_address_is_refused(catalog):
    outbound = Outbound(OutboundOptions())
    room = Room(catalog, FakeClock(), outbound)
    row = await room.provider(slug="own", base_url="http://127.0.0.1:9/v1")
    probe = await room.providers.test(W, row.id)
    assert not probe.ok
    assert "private addresses may not be called" in probe.error
    await outbound.close()


# Presets


async def test_presets_have_versions_and_calls_use_the_designated_one(room):
    body = PresetBody(slug="nice", system_prompt="Be nice", config={"temperature": 0.5})
    made = await room.presets.create(W, "ann", body)
    assert (made.row.name, made.version.version) == ("nice", 1)
    await room.presets.update(W, "nice", "ann", PresetChanges(config={"temperature": 1}))
    preset = await room.catalogue.preset(W, "nice")
    assert (preset.system_prompt, preset.config) == ("Be nice", {"temperature": 1})
    await room.presets.update(W, "nice", "ann", PresetChanges(designated_version=1))
    assert (await room.catalogue.preset(W, "nice")).config == {"temperature": 0.5}
    versions = await room.presets.versions(W, "nice")
    assert [version.version for version in versions.items] == [2, 1]
    await room.presets.update(W, "nice", "ann", PresetChanges(status="disabled"))
    assert await room.catalogue.preset(W, "nice") is None
    assert await room.catalogue.preset(new_id(), "nice") is None
    await room.presets.remove(W, "nice")
    with pytest.raises(NotFoundError):
        await room.presets.get(W, "nice")


async def test_a_preset_is_saved_from_the_body_of_a_call(room):
    body = {"model": "m", "temperature": 0.1, "messages": [], "stream": True}
    saved = await room.presets.save_from_call(W, "ann", "Mine", body, "Be brief")
    assert (saved.row.slug, saved.version.version) == ("mine", 1)
    assert saved.version.config == {"model": "m", "temperature": 0.1}
    again = await room.presets.save_from_call(W, "ann", "mine", {"model": "n"}, None)
    assert again.version.version == again.row.designated_version == 2
    assert again.version.system_prompt is None


async def test_a_preset_that_cannot_be(room):
    for slug in ("", "a b", "-a", "x" * 65):
        with pytest.raises(UnprocessableError, match="slug"):
            await room.presets.create(W, "ann", PresetBody(slug=slug))
    with pytest.raises(UnprocessableError, match=r"config\.messages"):
        await room.presets.create(W, "ann", PresetBody(slug="a", config={"messages": []}))


def test_routing_that_cannot_be_is_refused():
    for text in ('{"strategy":"best"}', '{"unknown":1}', '{"num_retries":99}'):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(text, type=RoutingDefinition)
