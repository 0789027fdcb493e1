"""What a stage is handed where it runs: the engine, the question whether it is wanted, and a meter."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import process_time
from typing import Any

from numpy.typing import NDArray

from deployments.crew import Crew
from deployments.ownership import Ownership
from serve.contracts.errors import CancelledJobError, EngineError
from serve.contracts.stage import Context
from serve.engines.protocol import Engine
from serve.engines.terms import Terms
from serve.models import MODELS
from serve.telemetry import bind

__all__ = ["MODEL_BY_NAME", "CpuMeter", "Tools"]

_log = logging.getLogger(__name__)
MODEL_BY_NAME = {spec.name: spec for spec in MODELS}


class CpuMeter:
    """Divides the CPU time of this process evenly among the calls in flight.

    Calls share batches, so what one of them took has no meaning of its own. What is exact is the sum: the
    parts of all calls together are the CPU time of the process, all its threads, while any was in flight.
    """

    def __init__(self) -> None:
        self._in_flight_count = 0
        self._each_s = 0.0  # what a call in flight since the beginning would have got
        self._settled_at_s = process_time()

    @contextmanager
    def call(self, tools: Tools) -> Iterator[None]:
        """Count one call; its part is added to `tools.cpu_s` at the end."""
        self._settle(+1)
        before_s = self._each_s
        try:
            yield
        finally:
            self._settle(-1)
            tools.cpu_s += self._each_s - before_s

    def _settle(self, change: int) -> None:
        now_s = process_time()
        if self._in_flight_count:
            self._each_s += (now_s - self._settled_at_s) / self._in_flight_count
        self._settled_at_s = now_s
        self._in_flight_count += change


@dataclass(slots=True)
class Tools:
    """A `serve.contracts.stage.Toolbox`.

    Every engine call writes a log line `engine call` at the level `debug`, with key, job and model: a count
    that owes nothing to the ledger.

    Args:
        engine: Runs the networks; None where no stage asks for one.
        context: Of the run.
        meter: Of the process.
        ownership: Asked before every engine call; None where nobody else could take the run.
        crew: Threads for what a sync stage spreads; without one its own does all.
        checkpoint: The bytes of the newest checkpoint.
        stop: Set when nobody wants the run any more.
        cpu_s: Seconds of CPU so far.
        crew_cpu_s: Those of them that the crew spent.
        byte_count: Bytes written to the store so far.
    """

    engine: Engine | None
    context: Context
    meter: CpuMeter
    ownership: Ownership | None = None
    crew: Crew = field(default_factory=Crew)
    checkpoint: bytes | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    cpu_s: float = 0.0
    crew_cpu_s: float = 0.0
    byte_count: int = 0

    async def infer(self, model: str, inputs: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """See `serve.contracts.stage.Toolbox.infer`."""
        self.check()
        if self.engine is None:
            raise EngineError(f"{model}: no engine runs in this process; send the stage to one that has it")
        if self.ownership is not None:
            await self.ownership.confirm(self.context)
        # No await may come between the answer and the call: see `deployments.ownership`.
        with bind(key=self.context.key, job_id=self.context.job_id, model=model):
            _log.debug("engine call")
        terms = Terms(self.context.rank, self.context.deadline_at, self.context.job_id)
        with self.meter.call(self):
            return await self.engine.infer(MODEL_BY_NAME[model], inputs, terms)

    def check(self) -> None:
        """See `serve.contracts.stage.Toolbox.check`."""
        if self.stop.is_set():
            raise CancelledJobError("the job was cancelled; send it again if that was a mistake")

    def spread(self, tasks: Iterable[Callable[[], None]]) -> None:
        """See `serve.contracts.stage.Toolbox.spread`."""
        self.crew_cpu_s += self.crew.run(tasks, self.check)
