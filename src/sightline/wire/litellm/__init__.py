"""A LiteLLM proxy's configuration file, read into what the gateway routes by."""

from sightline.wire.litellm.callbacks import CallbackUse
from sightline.wire.litellm.document import Problem
from sightline.wire.litellm.file import LiteLlmFile, parse
from sightline.wire.litellm.models import ModelEntry

__all__ = ["CallbackUse", "LiteLlmFile", "ModelEntry", "Problem", "parse"]
