"""`opik.configure` against an open server and against one with keys.

configure.py <transcript> <address of the open one> <address of the other> <key>
"""

import os
import sys

del os.environ["OPIK_URL_OVERRIDE"]

import opik
from opik.config import OpikConfig
from shared import Transcript

_, _, local, keyed, key = sys.argv
t = Transcript()


def configured():
    config = OpikConfig()
    return {
        "url_override": config.url_override,
        "workspace": config.workspace,
        "project_name": config.project_name,
        "api_key": config.api_key,
    }


def logged():
    client = opik.Opik(_show_misconfiguration_message=False)
    client.trace(name="after configure")
    client.flush()
    found = client.search_traces()
    client.end()
    return found


opik.configure(
    use_local=True, url_override=local, project_name="sdk-configure", force=True,
    automatic_approvals=True,
)  # fmt: skip
t.note("local", configured())
t.step("logged after configure", logged)

cloud = {"url_override": keyed, "force": True, "automatic_approvals": True}
t.step("wrong key", opik.configure, api_key="opik_wrong", workspace="configured", **cloud)
t.step("wrong workspace", opik.configure, api_key=key, workspace="another", **cloud)
opik.configure(api_key=key, workspace="configured", project_name="sdk-configure-key", **cloud)
t.note("with a key", configured())
t.step("logged with a key", logged)
t.write()
