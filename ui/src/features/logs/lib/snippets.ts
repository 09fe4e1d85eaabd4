/** What to paste so that the next trace comes into this very project. */

export type Snippet = { id: string; label: string; code: string };

/** `origin` is this server's address; `workspace` is given where keys are on. */
export function projectSnippets(
  origin: string,
  project: string,
  workspace: string | undefined,
): Snippet[] {
  const shell = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const env = (url: string) =>
    [
      `export OPIK_URL_OVERRIDE=${url}`,
      `export OPIK_PROJECT_NAME=${shell(project)}`,
      ...(workspace === undefined
        ? []
        : ["export OPIK_API_KEY=<your API key>", `export OPIK_WORKSPACE=${workspace}`]),
    ].join("\n");
  const body = JSON.stringify({
    project_name: project,
    name: "hello",
    start_time: "NOW",
    input: { question: "hi" },
    output: { answer: "hello" },
  }).replaceAll("'", "'\\''");
  return [
    {
      id: "opik",
      label: "Opik SDK",
      code: `pip install opik
${env(`${origin}/api/`)}
python - <<'PY'
import opik

@opik.track
def answer(question: str) -> str:
    return "42"

answer("What is the answer?")
opik.flush_tracker()
PY`,
    },
    {
      id: "litellm",
      label: "LiteLLM",
      code: `pip install litellm
${env(`${origin}/api`)}
python - <<'PY'
import litellm

litellm.callbacks = ["opik"]
litellm.completion(
    model="gpt-4o-mini",
    messages=[{"role": "user", "content": "hi"}],
    mock_response="hello",  # leave out to ask the model
)
PY`,
    },
    {
      id: "otel",
      label: "OpenTelemetry",
      code: `export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}/api/v1/private/otel
export OTEL_EXPORTER_OTLP_HEADERS=projectName=${encodeURIComponent(project)}${workspace === undefined ? "" : ",Authorization=<your API key>"}`,
    },
    {
      id: "curl",
      label: "curl",
      code: `curl -X POST ${origin}/api/v1/private/traces \\
  -H 'Content-Type: application/json'${workspace === undefined ? "" : " \\\n  -H 'Authorization: <your API key>'"} \\
  -d '${body.replace("NOW", `'$(date -u +%Y-%m-%dT%H:%M:%SZ)'`)}'`,
    },
  ];
}
