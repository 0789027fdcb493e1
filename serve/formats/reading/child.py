"""The process that parses: it may starve, hang or die, and nobody is harmed.

It binds itself to the table's limits before it looks at a byte, reads the file from its standard input, and
writes the mesh to its standard output: safetensors with status 0, or, with status 65, why there is none.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from serve.contracts.errors import UnreadableMeshError
from serve.formats.reading.limits import LIMITS
from serve.formats.reading.parsing import parse
from serve.formats.reading.pieces import Reading
from serve.geometry.arrays import mesh_to_arrays

__all__ = ["REFUSED", "main"]

REFUSED = 65  # EX_DATAERR of sysexits.h
_FIRST_TO_GO = Path("/proc/self/oom_score_adj")  # 1000: the kernel ends this one first


def main() -> int:
    """Parse what comes; arguments are the up axis and the unit."""
    _bind()
    result = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no mesh
    up_axis, unit_m = sys.argv[1], float(sys.argv[2])
    with open(result, "wb") as output:
        try:
            output.write(_packed(parse(sys.stdin.buffer.read(), up_axis=up_axis, unit_m=unit_m)))
        except UnreadableMeshError as error:
            output.write(error.message.encode())
            return REFUSED
        except MemoryError:
            output.write(b"the file asks for more memory than a mesh needs: reduce it before it is sent")
            return REFUSED
    return 0


def _bind() -> None:
    limits = {
        resource.RLIMIT_AS: LIMITS.memory_bytes,
        resource.RLIMIT_CPU: LIMITS.cpu_s,
        resource.RLIMIT_FSIZE: LIMITS.result_bytes,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 64,
    }
    for kind, most in limits.items():
        soft, hard = resource.getrlimit(kind)
        # A hard limit on time would kill in silence; at the soft one it dies of SIGXCPU, which tells why.
        resource.setrlimit(kind, (most if soft == resource.RLIM_INFINITY else min(most, soft), hard))
    with suppress(OSError):  # not every system has it
        _FIRST_TO_GO.write_text("1000")
    signal.alarm(LIMITS.wall_s)  # also when nobody is left to stop it


def _packed(reading: Reading) -> bytes:
    arrays = {name: np.ascontiguousarray(array) for name, array in mesh_to_arrays(reading.mesh).items()}
    arrays["warnings"] = np.frombuffer(json.dumps(reading.warnings).encode(), np.uint8)
    return save(arrays)


if __name__ == "__main__":
    sys.exit(main())
