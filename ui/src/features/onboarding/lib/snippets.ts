/** What to paste to log here. Every text was run once as it stands, with its address. */

export type Snippet = { id: string; label: string; parts: { label: string; code: string }[] };

/** `origin` is this server's address; `key` an API key where keys are on, else undefined. */
export function snippets(origin: string, key: string | undefined, workspace: string): Snippet[] {
  const env = (url: string) =>
    [
      `export OPIK_URL_OVERRIDE=${url}`,
      ...(key ? [`export OPIK_API_KEY=${key}`, `export OPIK_WORKSPACE=${workspace}`] : []),
    ].join("\n");
  const auth = key ? ` \\\n  -H 'Authorization: ${key}'` : "";
  const otelAuth = key ? `,Authorization=${encodeURIComponent(key)}` : "";
  return [
    {
      id: "opik",
      label: "Opik SDK",
      parts: [
        { label: "Shell", code: `pip install opik\n${env(`${origin}/api/`)}` },
        {
          label: "Python",
          code: `import opik

@opik.track
def answer(question: str) -> str:
    return "42"

answer("What is the answer?")
opik.flush_tracker()`,
        },
      ],
    },
    {
      id: "litellm",
      label: "LiteLLM",
      parts: [
        { label: "Shell", code: `pip install litellm\n${env(`${origin}/api`)}` },
        {
          label: "Python",
          code: `import litellm

litellm.callbacks = ["opik"]
litellm.completion(
    model="gpt-4o-mini",
    messages=[{"role": "user", "content": "hi"}],
    mock_response="hello",  # leave out to ask the model
)`,
        },
      ],
    },
    {
      id: "litellm-proxy",
      label: "LiteLLM proxy",
      parts: [
        {
          label: "config.yaml",
          code: `model_list:
  - model_name: gpt-4o-mini
    litellm_params:
      model: openai/gpt-4o-mini
      api_key: os.environ/OPENAI_API_KEY
litellm_settings:
  callbacks: ["opik"]`,
        },
        { label: "Shell", code: `${env(`${origin}/api`)}\nlitellm --config config.yaml` },
      ],
    },
    {
      id: "otel",
      label: "OpenTelemetry",
      parts: [
        {
          label: "Shell, for any language",
          code: `export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}/api/v1/private/otel
export OTEL_EXPORTER_OTLP_HEADERS=projectName=my-app${otelAuth}`,
        },
      ],
    },
    {
      id: "http",
      label: "Plain HTTP",
      parts: [
        {
          label: "Shell",
          code: `curl -X POST ${origin}/api/v1/private/traces \\
  -H 'Content-Type: application/json'${auth} \\
  -d '{"name": "hello", "start_time": "'$(date -u +%Y-%m-%dT%H:%M:%SZ)'", "input": {"question": "hi"}, "output": {"answer": "hello"}}'`,
        },
      ],
    },
  ];
}
