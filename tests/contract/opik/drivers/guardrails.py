"""Guardrail checks: a span of type guardrail, and the result on the trace.

The checks themselves are another service of Opik's; a little one stands in for it here.
"""

import http.server
import json
import os
import threading

from shared import Transcript


class Checks(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        passed = "4111" not in body["text"]
        answer = {
            "validation_passed": passed,
            "validations": [
                {
                    "type": "PII",
                    "validation_passed": passed,
                    "validation_config": {"entities": ["CREDIT_CARD"], "language": "en",
                                          "threshold": 0.5},
                    "validation_details": {"detected_entities": {}},
                }
            ],
        }  # fmt: skip
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


checks = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Checks)
threading.Thread(target=checks.serve_forever, daemon=True).start()
os.environ["OPIK_GUARDRAILS_URL_OVERRIDE"] = f"http://127.0.0.1:{checks.server_port}/guardrails/"
os.environ["OPIK_ENABLE_JSON_REQUEST_COMPRESSION"] = "false"
os.environ["OPIK_PROJECT_NAME"] = PROJECT = "sdk-guardrails"

import opik  # noqa: E402 — reads the environment
from opik.guardrails import PII, Guardrail  # noqa: E402

t = Transcript()
client = opik.get_global_client()
guard = Guardrail(guards=[PII(blocked_entities=["CREDIT_CARD"])])


@opik.track
def good():
    return guard.validate("hello")


@opik.track
def bad():
    return guard.validate("my card is 4111 1111 1111 1111")


t.step("good", good)
t.step("bad", bad)
t.step("flush", client.flush)
t.step("get_errors_report", client.get_errors_report)
t.step("traces", client.search_traces)
t.step("spans", client.search_spans)
t.step("failed", client.search_traces, filter_string='guardrails = "failed"')
t.step("passed", client.search_traces, filter_string='guardrails = "passed"')
client.end()
t.write()
checks.shutdown()
