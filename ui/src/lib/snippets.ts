/** What to paste so that traces come here. Every text was run once as it stands, with its address. */

export type Part = { label: string; code: string };
export type Snippet = { id: string; label: string; parts: Part[] };

export type Place = {
  /** This server's address. */
  origin: string;
  /** An API key where keys are on, else undefined. */
  key: string | undefined;
  workspace: string;
  /** The project that traces go to; undefined leaves it to the clients. */
  project?: string | undefined;
};

export const KEY_PLACEHOLDER = "<your API key>";
/** Id of the snippet that calls a model by way of this server. */
export const GATEWAY = "gateway";

/** In single quotes for a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
/** A word for a shell: in quotes where it needs them. */
const word = (text: string): string => (/^[\w.:@/-]+$/.test(text) ? text : quoted(text));

/** A way for each client. */
export function snippets(place: Place): Snippet[] {
  return [
    opik(place),
    litellm(place),
    gateway(place),
    litellmProxy(place),
    otel(place),
    http(place),
  ];
}

function env(place: Place, url: string): string {
  const { key, workspace, project } = place;
  return [
    `export OPIK_URL_OVERRIDE=${url}`,
    ...(project === undefined ? [] : [`export OPIK_PROJECT_NAME=${word(project)}`]),
    ...(key === undefined
      ? []
      : [`export OPIK_API_KEY=${word(key)}`, `export OPIK_WORKSPACE=${word(workspace)}`]),
  ].join("\n");
}

const opik = (place: Place): Snippet => ({
  id: "opik",
  label: "Opik SDK",
  parts: [
    { label: "Shell", code: `pip install opik\n${env(place, `${place.origin}/api/`)}` },
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
});

const litellm = (place: Place): Snippet => ({
  id: "litellm",
  label: "LiteLLM",
  parts: [
    { label: "Shell", code: `pip install litellm\n${env(place, `${place.origin}/api`)}` },
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
});

/** Without a key an open server takes any; OpenAI's client asks for one all the same. */
function gateway({ origin, key, project }: Place): Snippet {
  const headers =
    project === undefined
      ? ""
      : `\n    default_headers={"opik-project-name": ${pythonText(project)}},`;
  const curlHeaders = [
    ...(key === undefined ? [] : [`-H ${quoted(`Authorization: Bearer ${key}`)}`]),
    ...(project === undefined ? [] : [`-H ${quoted(`opik-project-name: ${project}`)}`]),
    "-H 'Content-Type: application/json'",
  ];
  return {
    id: GATEWAY,
    label: "Through the gateway",
    parts: [
      {
        label: "Python, after pip install openai",
        code: `from openai import OpenAI

client = OpenAI(
    base_url="${origin}/api/v1",
    api_key=${pythonText(key ?? "none")},${headers}
)
completion = client.chat.completions.create(
    model="sightline/echo",  # needs no provider; else openai/gpt-4o-mini, …
    messages=[{"role": "user", "content": "hi"}],
)
print(completion.choices[0].message.content)`,
      },
      {
        label: "Shell",
        code: `curl ${origin}/api/v1/chat/completions \\
${curlHeaders.map((header) => `  ${header} \\\n`).join("")}  -d '{"model": "sightline/echo", "messages": [{"role": "user", "content": "hi"}]}'`,
      },
    ],
  };
}

/** How a provider is added without the pages; the key must be one of an admin. */
export const addProvider = ({ origin, key }: Place): Part => ({
  label: "Add a provider: then openai/gpt-4o-mini and every other model of it answers",
  code: `curl ${origin}/api/console/gateway/providers \\
${key === undefined ? "" : `  -H ${quoted(`Authorization: ${key}`)} \\\n`}  -H 'Content-Type: application/json' \\
  -d '{"slug": "openai", "api_key": "'"$OPENAI_API_KEY"'"}'`,
});

const litellmProxy = (place: Place): Snippet => ({
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
    { label: "Shell", code: `${env(place, `${place.origin}/api`)}\nlitellm --config config.yaml` },
  ],
});

/** Values in OpenTelemetry's list of headers are percent-encoded. */
function otel({ origin, key, project = "my-app" }: Place): Snippet {
  const headers = [
    `projectName=${percent(project)}`,
    ...(key === undefined ? [] : [`Authorization=${percent(key)}`]),
  ];
  return {
    id: "otel",
    label: "OpenTelemetry",
    parts: [
      {
        label: "Shell, for any language",
        code: `export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}/api/v1/private/otel
export OTEL_EXPORTER_OTLP_HEADERS=${headers.join(",")}`,
      },
    ],
  };
}

function http({ origin, key, project }: Place): Snippet {
  const body = JSON.stringify({
    start_time: "NOW",
    ...(project === undefined ? {} : { project_name: project }),
    name: "hello",
    input: { question: "hi" },
    output: { answer: "hello" },
  });
  const now = `'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'`;
  return {
    id: "http",
    label: "Plain HTTP",
    parts: [
      {
        label: "Shell",
        code: `curl -X POST ${origin}/api/v1/private/traces \\
  -H 'Content-Type: application/json' \\
${key === undefined ? "" : `  -H ${quoted(`Authorization: ${key}`)} \\\n`}  -d ${quoted(body).replace("NOW", () => now)}`,
      },
    ],
  };
}

/** As `encodeURIComponent`, and signs that a shell reads too. */
const percent = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*~]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** JSON's texts are Python's too. */
const pythonText = (text: string): string => JSON.stringify(text);
