"""Jobs run: the graph of one job, the stage runs that jobs share, and the loop that claims jobs."""

from serve.execution.graph import JobEvent, execute
from serve.execution.orchestrator import Orchestrator
from serve.execution.seam import Seam

__all__ = ["JobEvent", "Orchestrator", "Seam", "execute"]
