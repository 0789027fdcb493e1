"""Which engine the settings ask for, and how many processes and threads this machine is given."""

from __future__ import annotations

import os

from serve.engines.fake import EngineFake
from serve.engines.onnx import EngineOnnx
from serve.engines.protocol import Engine
from serve.settings import Settings

__all__ = ["open_engine", "sync_worker_count", "thread_count"]

_MOST = 4  # what a laptop can spare


def open_engine(settings: Settings) -> Engine:
    """The engine that runs the networks; models are loaded, or a server is looked for, when first asked."""
    if settings.engine == "fake":
        return EngineFake()
    if settings.engine == "triton":
        from serve.engines.triton import EngineTriton  # its client takes a third of a second to import

        return EngineTriton(settings.triton_url)
    return EngineOnnx(thread_count=thread_count(settings))


def thread_count(settings: Settings) -> int:
    """Threads of the engine: the setting, or one a core and at most 4."""
    return settings.threads or min(_MOST, os.cpu_count() or 1)


def sync_worker_count(settings: Settings) -> int:
    """Processes for stages that compute: the setting, or one a core and at most 4."""
    return settings.sync_workers or min(_MOST, os.cpu_count() or 1)
