"""One client for each kind of key, against a server that asks for keys.

keys.py <transcript> <JSON {"name": {"api_key": …, "workspace": …}, …}>
"""

import json
import sys

import opik
from shared import Transcript

t = Transcript()
for name, options in json.loads(sys.argv[2]).items():
    client = opik.Opik(
        project_name="sdk-keys", _show_misconfiguration_message=False, batching=True, **options
    )
    t.step(f"{name}: auth_check", client.auth_check)
    trace = client.trace(name=f"by {name}", input={"who": name})
    t.step(f"{name}: flush", client.flush, timeout=20)
    t.step(f"{name}: get_errors_report", client.get_errors_report)
    t.step(f"{name}: search_traces", client.search_traces)
    t.step(f"{name}: get_trace_content", client.get_trace_content, trace.id)
    t.step(f"{name}: create_environment", client.create_environment, f"env-{name.split()[0]}")
    t.step(f"{name}: workspace", client.rest_client.check.get_workspace_name)
    client.end(timeout=5)
t.write()
