import { describe, expect, it } from "vitest";
import { newPair } from "@/components/form/pairs";
import type { Destination, DestinationType, FilterWords } from "../api/types";
import { changesOf, configOf, draftOf, fieldsOf, problemsOf } from "./draft";

const field = { description: "", required: false, secret: false, default: null, placeholder: "" };
const TYPE: DestinationType = {
  type: "example",
  title: "Example",
  docs_url: "",
  fields: [
    {
      ...field,
      key: "apiKey",
      title: "API key",
      required: true,
      secret: true,
      kind: "text",
      options: [],
    },
    { ...field, key: "project", title: "Project", required: true, kind: "text", options: [] },
    { ...field, key: "token", title: "Token", secret: true, kind: "text", options: [] },
    {
      ...field,
      key: "url",
      title: "URL",
      default: "https://example.com",
      kind: "text",
      options: [],
    },
    {
      ...field,
      key: "method",
      title: "Method",
      default: "POST",
      kind: "select",
      options: ["POST", "PUT"],
    },
    { ...field, key: "port", title: "Port", kind: "number", options: [] },
    { ...field, key: "headers", title: "Headers", kind: "headers", options: [] },
  ],
};
const WORDS: FilterWords = {
  text_fields: ["model"],
  number_fields: ["total_cost"],
  operators: ["equals", "gt", "exists"],
};
const KEPT = {
  id: "1",
  type: "example",
  name: "Mine",
  config: {
    apiKey: "****...AbCd",
    project: "prod",
    token: "****",
    url: "https://eu.example.com",
    method: "PUT",
    headers: { "X-A": "****" },
  },
  enabled: true,
  privacy_mode: true,
  sampling_rate: 0.07,
  api_key_hashes: null,
  excluded_api_key_hashes: [],
  filter_rules: null,
  broadcast_generation_cost: true,
  broadcast_generation_identity: false,
  broadcast_generation_request_context: false,
} as unknown as Destination;

describe("a new destination", () => {
  it("leaves out what is empty, so that defaults hold", () => {
    const draft = draftOf(TYPE, undefined, "Example");
    draft.values = { ...draft.values, apiKey: " secret ", project: " prod ", port: "8443" };
    expect(configOf(TYPE, draft, false)).toEqual({
      apiKey: " secret ",
      project: "prod",
      method: "POST",
      port: 8443,
    });
  });

  it("takes headers that have a name", () => {
    const draft = draftOf(TYPE);
    draft.headers = { headers: [newPair(" X-A ", "1"), newPair()] };
    expect(configOf(TYPE, draft, false).headers).toEqual({ "X-A": "1" });
  });

  it("says what is missing, by the server's paths; secrets are for the server to judge", () => {
    const draft = { ...draftOf(TYPE), rate: "0.001", keys: [] };
    draft.headers = { headers: [newPair("", "1")] };
    expect(problemsOf(TYPE, WORDS, draft)).toEqual({
      "config.project": "Project is required",
      "config.headers": "A header has no name",
      name: "Give it a name",
      sampling_rate: "Must be 0.01 to 100 percent",
      api_key_hashes: expect.stringContaining("Choose a key"),
    });
  });
});

describe("a destination that is edited", () => {
  it("comes back as it was when nothing is touched", () => {
    const draft = draftOf(TYPE, KEPT);
    const before = fieldsOf(TYPE, WORDS, draft, true);
    expect(before.config).toEqual({ ...KEPT.config, port: null });
    expect(before.sampling_rate).toBe(0.07);
    expect(changesOf(before, fieldsOf(TYPE, WORDS, draftOf(TYPE, KEPT), true))).toEqual({});
  });

  it("sends only what was changed, and no config when that is the same", () => {
    const draft = draftOf(TYPE, KEPT);
    const before = fieldsOf(TYPE, WORDS, draft, true);
    const after = fieldsOf(TYPE, WORDS, { ...draft, rate: "50", keys: ["a".repeat(64)] }, true);
    expect(changesOf(before, after)).toEqual({
      sampling_rate: 0.5,
      api_key_hashes: ["a".repeat(64)],
    });
  });

  it("unsets an optional value that is emptied, and sends a required one empty", () => {
    const draft = draftOf(TYPE, KEPT);
    draft.values = { ...draft.values, apiKey: "", token: "", url: "" };
    draft.headers = { headers: [] };
    expect(configOf(TYPE, draft, true)).toMatchObject({
      apiKey: "",
      token: null,
      url: null,
      headers: null,
    });
  });
});
