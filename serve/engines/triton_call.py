"""One call of a model on a Triton server: sent, answered, read."""

from __future__ import annotations

from dataclasses import dataclass

from opentelemetry.propagate import inject
from tritonclient.grpc.aio import InferenceServerClient

from serve.engines.shared_memory import Segment
from serve.engines.terms import ANY_TERMS, Terms
from serve.engines.triton_wire import asked_inputs, asked_outputs, byte_count, read_outputs, shared_size
from serve.models.spec import Arrays, ModelSpec
from serve.models.triton_config import PRIORITY_COUNT

__all__ = ["TritonCall"]

_LONGEST_S = 180.0  # longer than any call may wait in the server's queues


@dataclass(frozen=True, slots=True, eq=False)
class TritonCall:
    """What is asked.

    Args:
        spec: The model.
        inputs: Checked.
        row_count: Rows in `inputs`.
        terms: How urgent it is, and until when.
    """

    spec: ModelSpec
    inputs: Arrays
    row_count: int
    terms: Terms = ANY_TERMS

    @property
    def size(self) -> int:
        """Bytes of all tensors that can go through shared memory."""
        return byte_count(self.inputs.values()) + shared_size(self.spec, self.row_count)

    async def send(self, client: InferenceServerClient, segment: Segment | None = None) -> Arrays:
        """Send it and wait for the answer.

        The span that is current goes along as W3C `traceparent`, the rank as Triton's priority, the deadline
        as both gRPC's, which ends the call, and Triton's, which takes it out of the queue.

        Args:
            client: Of the server.
            segment: Of at least `size` bytes, for the tensors; None for the message.

        Raises:
            tritonclient.utils.InferenceServerException: The server refused it, failed, or is not there.
            EngineError: It gave other outputs than the spec says.
        """
        offset = byte_count(self.inputs.values())
        remaining_s = self.terms.remaining_s
        headers: dict[str, str] = {}
        inject(headers)
        result = await client.infer(
            self.spec.name,
            asked_inputs(self.spec, self.inputs, segment),
            str(self.spec.version),
            asked_outputs(self.spec, self.row_count, segment, offset),
            request_id=self.terms.call_id,
            priority=min(self.terms.rank + 1, PRIORITY_COUNT),
            timeout=None if remaining_s is None else max(1, int(remaining_s * 1e6)),
            client_timeout=_LONGEST_S if remaining_s is None else max(0.001, remaining_s),
            headers=headers,
        )
        return read_outputs(self.spec, result, self.row_count, segment, offset)
