import { describe, expect, test } from "vitest";
import type { Endpoint, GatewayKey, KnownProvider, Provider } from "../api/types";
import { endpointHealth, figuresOf, healthOf } from "./health";
import { keyDraft, keyFields, keyProblems, keyState, spentShare } from "./key-draft";
import { endpointDraft, modelDraft, modelFields, modelProblems } from "./model-draft";
import { perMillion, tokenPrice, typedPrice } from "./prices";
import { providerDraft, providerFields, providerProblems } from "./provider-draft";
import { routingDraft, routingFields, routingProblems } from "./routing-draft";
import { readGatewaySearch } from "./search";
import { hasWords } from "./words";

describe("prices", () => {
  test.each([
    ["2.5", "0.0000025"],
    ["0.15", "0.00000015"],
    ["$3", "0.000003"],
    ["1500000", "1.5"],
    ["1000000", "1"],
    ["0", "0"],
    [".1", "0.0000001"],
    ["0.000001", "0.000000000001"],
  ])("%s per million is %s per token, and back", (typed, perToken) => {
    expect(tokenPrice(typed)).toBe(perToken);
    expect(Number(typedPrice(perToken))).toBe(Number(typed.replace("$", "")));
  });

  test("what is no price is none", () => {
    for (const typed of ["", ".", "-1", "1e3", "two"]) expect(tokenPrice(typed)).toBeUndefined();
  });

  test("unknown and free are told apart", () => {
    expect(perMillion("-1")).toBe("–");
    expect(perMillion("0")).toBe("free");
    expect(perMillion("0.0000025")).toBe("$2.50");
  });
});

const endpoint = (part: Partial<Endpoint>): Endpoint => ({
  id: "e",
  provider: "acme",
  provider_name: "Acme",
  upstream_model: "m",
  pricing: { prompt: "0", completion: "0", request: "0", image: "0" },
  context_length: null,
  quantization: "unknown",
  order: 0,
  weight: 1,
  rpm: null,
  tpm: null,
  is_zdr: false,
  keeps_data: false,
  state: "up",
  calls: 0,
  failures: 0,
  in_flight: 0,
  latency_ms: null,
  tokens_per_s: null,
  ...part,
});

describe("health", () => {
  const good = endpoint({ calls: 9, failures: 1, latency_ms: 100 });
  const failing = endpoint({ calls: 2, failures: 2 });
  const out = endpoint({ state: "out", calls: 5, failures: 5 });
  const fresh = endpoint({ state: "unknown" });

  test("an endpoint that answered nothing is not up", () => {
    expect(endpointHealth(good)).toBe("up");
    expect(endpointHealth(failing)).toBe("failing");
    expect(endpointHealth(endpoint({ calls: 1, in_flight: 1 }))).toBe("unknown");
  });

  test("one bad endpoint of several is only a part", () => {
    expect(healthOf([good, out])).toBe("part");
    expect(healthOf([fresh, failing])).toBe("part");
    expect(healthOf([out])).toBe("out");
    expect(healthOf([failing, out])).toBe("failing");
    expect(healthOf([fresh, good])).toBe("up");
    expect(healthOf([fresh])).toBe("unknown");
  });

  test("figures are sums, the latency that of the busiest", () => {
    const slow = endpoint({ calls: 1, latency_ms: 900 });
    expect(figuresOf([slow, good, failing])).toEqual({
      calls: 12,
      failures: 3,
      inFlight: 0,
      latencyMs: 100,
    });
  });
});

const OPENAI: KnownProvider = {
  slug: "openai",
  name: "OpenAI",
  base_url: "https://api.openai.com/v1",
  dialect: "openai",
  needs_key: true,
  apis: ["chat"],
};

describe("providers", () => {
  test("a known one needs its key alone", () => {
    const draft = providerDraft(OPENAI);
    expect(providerProblems(draft, OPENAI)).toEqual({ api_key: "OpenAI asks for a key" });
    const ready = { ...draft, apiKey: "sk-1" };
    expect(providerProblems(ready, OPENAI)).toEqual({});
    expect(providerFields(ready)).toMatchObject({
      slug: "openai",
      base_url: "https://api.openai.com/v1",
      api_key: "sk-1",
      options: {},
    });
    // A proxy of one's own may ask for none.
    expect(providerProblems({ ...draft, baseUrl: "http://proxy/v1" }, OPENAI)).toEqual({});
  });

  test("a server of one's own needs a prefix, a name and an address", () => {
    expect(Object.keys(providerProblems(providerDraft(undefined), undefined))).toEqual([
      "slug",
      "name",
      "base_url",
    ]);
  });

  test("options keep their types, and empty ones are not sent", () => {
    const azure = { ...OPENAI, slug: "azure", dialect: "azure", base_url: "" };
    const draft = providerDraft(azure);
    expect(draft.options.map((one) => one.name)).toEqual(["api_version"]);
    expect(providerFields(draft).options).toEqual({});
    const kept = {
      ...providerFields(draft),
      id: "1",
      options: { apis: ["chat"], project: "12345", strict: true },
    } as unknown as Provider;
    expect(providerFields(providerDraft(azure, kept)).options).toEqual(kept.options);
  });
});

describe("models", () => {
  const kept = {
    id: "1",
    slug: "acme/fast",
    enabled: true,
    name: "",
    description: "",
    kind: "chat" as const,
    context_length: 8000,
    max_completion_tokens: null,
    input_modalities: ["text", "file"],
    endpoints: [
      {
        provider_id: "p",
        upstream_model: "fast-1",
        prices: { prompt: "0.0000002", image: "0.01" },
        timeouts: { total: 5 },
        weight: 2,
      },
    ],
  };

  test("what the form does not show stays as it was", () => {
    const fields = modelFields(modelDraft("p", kept), kept);
    expect(fields.input_modalities).toEqual(["text", "file"]);
    expect(fields.endpoints[0]).toMatchObject({
      weight: 2,
      order: 0,
      timeouts: { total: 5 },
      prices: { prompt: "0.0000002", image: "0.01" },
    });
  });

  test("without prices the price list is asked", () => {
    const draft = modelDraft("p", kept);
    const [one] = draft.endpoints;
    if (!one) throw new Error("no endpoint");
    draft.endpoints = [{ ...one, prompt: "" }];
    expect(modelFields(draft, kept).endpoints[0]?.prices).toBeNull();
  });

  test("what is wrong is named by the server's paths", () => {
    const draft = modelDraft("");
    draft.context = "many";
    draft.endpoints = [{ ...endpointDraft(""), prompt: "cheap", rpm: "0" }];
    expect(Object.keys(modelProblems(draft))).toEqual([
      "slug",
      "context_length",
      "endpoints[0].provider_id",
      "endpoints[0].upstream_model",
      "endpoints[0].prices.prompt",
      "endpoints[0].prices.completion",
      "endpoints[0].rpm",
    ]);
    expect(modelProblems({ ...draft, slug: "a/*" }).slug).toBeDefined();
  });
});

describe("keys", () => {
  const key = {
    hash: "h",
    name: "bot",
    limit: 10,
    limit_remaining: 4,
    limit_reset: "weekly",
    include_byok_in_limit: false,
    expires_at: null,
    allowed_models: ["a/*", "b"],
    rpm: 60,
    tpm: null,
    metadata: { team: "x", opik: { project_name: "P", tags: ["t"], extra: 1 } },
    disabled: false,
  } as unknown as GatewayKey;

  test("an unchanged form is what was there, other metadata too", () => {
    expect(keyFields(keyDraft(key), key)).toEqual({
      name: "bot",
      limit: 10,
      limit_reset: "weekly",
      include_byok_in_limit: false,
      expires_at: null,
      allowed_models: ["a/*", "b"],
      rpm: 60,
      tpm: null,
      metadata: { team: "x", opik: { extra: 1, project_name: "P", tags: ["t"] } },
    });
  });

  test("an empty form limits nothing", () => {
    expect(keyFields({ ...keyDraft(), name: " ci " })).toMatchObject({
      name: "ci",
      limit: null,
      limit_reset: null,
      allowed_models: null,
      metadata: null,
    });
    expect(keyProblems(keyDraft())).toEqual({ name: "Whose calls are these?" });
  });

  test("its state says why it is refused", () => {
    expect(keyState(key, 0)).toBe("good");
    expect(keyState({ ...key, disabled: true }, 0)).toBe("disabled");
    expect(keyState({ ...key, limit_remaining: 0 }, 0)).toBe("used up");
    expect(keyState({ ...key, expires_at: "2020-01-01T00:00:00Z" }, Date.now())).toBe("expired");
    expect(spentShare(key)).toBeCloseTo(0.6);
    expect(spentShare({ ...key, limit: null })).toBeUndefined();
    expect(spentShare({ ...key, limit_remaining: -5 })).toBe(1);
  });
});

test("routing says only what was typed", () => {
  const effective = { strategy: "price", num_retries: 2 } as never;
  const draft = routingDraft({ own: { strategy: "order", aliases: { a: "b" } }, effective });
  expect(routingFields(draft)).toEqual({ strategy: "order", aliases: { a: "b" } });
  expect(routingFields(routingDraft({ own: {}, effective }))).toEqual({});
  expect(routingProblems({ ...draft, chains: '{"fallback": {}}' }).chains).toContain("fallback ");
  expect(routingProblems({ ...draft, chains: "{" }).chains).toContain("no JSON");
  expect(routingProblems({ ...draft, cooldown_s: "x" }).cooldown_s).toBeDefined();
});

test("an address with nonsense is the page as it begins", () => {
  expect(readGatewaySearch({ tab: "nothing", q: 5, edit: "" })).toEqual({});
  expect(readGatewaySearch({ tab: "keys", q: "a" })).toEqual({ tab: "keys", q: "a" });
});

test("all words of a search must be there", () => {
  expect(hasWords("OpenAI openai", "open AI")).toBe(true);
  expect(hasWords("OpenAI openai", "open azure")).toBe(false);
  expect(hasWords("anything", undefined)).toBe(true);
});
