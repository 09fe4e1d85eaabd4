"""Marks for tests that mean one kind of installation; `TEST_STORES` says which there is."""

import os

import pytest

of_one_process = pytest.mark.skipif(
    os.environ.get("TEST_STORES") == "three", reason="it is about what each process has to itself"
)
