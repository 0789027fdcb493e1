"""What an engine, or the server behind it, has executed so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["ModelStatistics"]


@dataclass(frozen=True, slots=True)
class ModelStatistics:
    """Counts of one model since it was loaded.

    Args:
        row_count: Rows that were executed.
        failure_count: Calls that failed.
        batch_counts: Rows in an execution -> how many executions had so many.
    """

    row_count: int
    failure_count: int
    batch_counts: Mapping[int, int]

    @property
    def execution_count(self) -> int:
        """How often the model was executed."""
        return sum(self.batch_counts.values())

    @property
    def mean_batch(self) -> float:
        """Rows in an execution, on average; 0 before the first."""
        rows = sum(size * count for size, count in self.batch_counts.items())
        return rows / self.execution_count if self.batch_counts else 0.0

    def since(self, earlier: ModelStatistics) -> ModelStatistics:
        """What came after an earlier look."""
        counts = {
            size: count - earlier.batch_counts.get(size, 0) for size, count in self.batch_counts.items()
        }
        return ModelStatistics(
            self.row_count - earlier.row_count,
            self.failure_count - earlier.failure_count,
            {size: count for size, count in counts.items() if count},
        )
