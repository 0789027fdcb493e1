"""Threads that a sync stage may spread its tasks over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from time import thread_time

__all__ = ["Crew"]


class Crew:
    """The threads of one process for tasks that know nothing of each other; stages at one time share them.

    Args:
        thread_count: 1 runs every task in the thread that asks.
    """

    def __init__(self, thread_count: int = 1) -> None:
        self._pool = (
            ThreadPoolExecutor(thread_count, thread_name_prefix="stage-crew") if thread_count > 1 else None
        )

    def run(self, tasks: Iterable[Callable[[], None]], check: Callable[[], None]) -> float:
        """Run all of them, each after a `check`; a task that is alone runs in this thread.

        Returns:
            Seconds of CPU that other threads than this one spent.

        Raises:
            Exception: The first that a check or a task raised; by then nothing runs any more.
        """
        listed = list(tasks)
        if self._pool is None or len(listed) < 2:
            for task in listed:
                check()
                task()
            return 0.0

        def timed(task: Callable[[], None]) -> float:
            begun_s = thread_time()
            check()
            task()
            return thread_time() - begun_s

        futures = [self._pool.submit(timed, task) for task in listed]
        wait(futures, return_when=FIRST_EXCEPTION)
        for future in futures:
            future.cancel()
        wait(futures)
        failed = next(
            (error for each in futures if not each.cancelled() and (error := each.exception())), None
        )
        if failed is not None:
            raise failed
        return sum(future.result() for future in futures)

    def close(self) -> None:
        """Free the threads."""
        if self._pool is not None:
            self._pool.shutdown(wait=True)
