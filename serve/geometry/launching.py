"""Runs one kernel over many rows of work in spans, which several threads may share on a CPU."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice

import warp as wp

from serve.contracts.stage import Spread

__all__ = ["launch_spans", "record_spans", "run_launches", "spans_of"]

# Recording takes a good part of a millisecond, and nobody can stop it before the first is run.
_CPU_BATCH_COUNT = 256


def spans_of(count: int, size: int) -> Iterator[slice]:
    """Slices that together make up `count` rows, each of at most `size` rows; 1 is the least."""
    step = max(1, size)
    for first in range(0, count, step):
        yield slice(first, min(first + step, count))


def launch_spans(
    kernel: wp.Kernel,
    spans: Iterator[slice],
    inputs: Callable[[slice], Sequence[object]],
    *,
    width: tuple[int, ...] = (),
    spread: Spread,
    device: str,
) -> None:
    """Launch a kernel on each span, and wait for all.

    Warp's CPU kernels run in one thread, and those without tiles keep nothing beside their arguments: the
    launches are recorded in this thread, and any may run them. A GPU is given one after the other.

    Args:
        kernel: No thread of it may read what another writes.
        spans: Of the rows, the first axis of the kernel's grid.
        inputs: The kernel's arguments for a span.
        width: The grid's sizes after the rows.
        spread: Runs the launches.
        device: A Warp device.
    """
    run_launches(
        record_spans(kernel, spans, inputs, width=width, device=device), spread=spread, device=device
    )


def record_spans(
    kernel: wp.Kernel,
    spans: Iterator[slice],
    inputs: Callable[[slice], Sequence[object]],
    *,
    width: tuple[int, ...] = (),
    device: str,
) -> Iterator[wp.Launch]:
    """The launches of `launch_spans`, to be run together with others; the arguments must outlive them."""
    for span in spans:
        dim = (span.stop - span.start, *width)
        yield wp.launch(kernel, dim=dim, inputs=inputs(span), device=device, record_cmd=True)


def run_launches(launches: Iterable[wp.Launch], *, spread: Spread, device: str) -> None:
    """Run launches that know nothing of each other, and wait for all."""
    batch = _CPU_BATCH_COUNT if wp.get_device(device).is_cpu else 1
    rest = iter(launches)
    while taken := list(islice(rest, batch)):
        spread(partial(_launch_and_wait, launch, device) for launch in taken)


def _launch_and_wait(launch: wp.Launch, device: str) -> None:
    launch.launch()
    # Launches on a GPU only queue the work: without the wait, nobody could stop it any more.
    wp.synchronize_device(device)
