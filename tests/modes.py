"""Marks for tests that mean one kind of installation, as `TEST_STORES` says, or of machine."""

import os
import platform
import sys

import pytest

of_one_process = pytest.mark.skipif(
    os.environ.get("TEST_STORES") == "three", reason="it is about what each process has to itself"
)

of_one_shard = pytest.mark.skipif(
    os.environ.get("TEST_STORES") == "sharded", reason="a cluster has no rows at rest"
)

of_stores_in_the_folder = pytest.mark.skipif(
    bool(os.environ.get("TEST_STORES")), reason="it is about stores in the data folder"
)

with_deploy_tools = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"),
    reason="Helm, Caddy and hadolint come for Linux on x86_64",
)
