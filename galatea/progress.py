"""A bar on a terminal; silence elsewhere."""

from __future__ import annotations

from types import TracebackType

__all__ = ["ProgressBar"]


class ProgressBar:
    """Shows how far one job is; used as `with ProgressBar() as bar`."""

    def __enter__(self) -> ProgressBar:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        console = Console(stderr=True)
        columns = (TextColumn("{task.description:<14}"), BarColumn(), TaskProgressColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._progress.start()
        self._bar = self._progress.add_task("starting", total=1.0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def show(self, what: str, share: float) -> None:
        """Draw what runs and how far the job is, 0 to 1."""
        self._progress.update(self._bar, completed=share, description=what)
