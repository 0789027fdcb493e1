"""Starts `tritonserver` in NVIDIA's container and has it tell its clients what it runs on.

The clients make that a part of the key of every result, so it is found out here and never configured: the
version from ONNX Runtime itself, the architecture from the driver. Arguments are passed on.

It runs by the container's own Python and needs nothing beyond it.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

__all__ = ["gpu_architecture", "main", "runtime_id", "runtime_version"]

_BACKEND = Path("/opt/tritonserver/backends/onnxruntime")
_MODELS = "/models"


class _ApiBase(ctypes.Structure):
    """`OrtApiBase` of onnxruntime_c_api.h, which every version has kept."""

    _fields_ = (
        ("GetApi", ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_uint32)),
        ("GetVersionString", ctypes.CFUNCTYPE(ctypes.c_char_p)),
    )


def runtime_version(library: Path) -> str:
    """The version of ONNX Runtime, as the library itself tells it.

    Raises:
        OSError: It cannot be loaded.
    """
    base = ctypes.CDLL(str(library)).OrtGetApiBase
    base.restype = ctypes.POINTER(_ApiBase)
    version: bytes = base().contents.GetVersionString()
    return version.decode()


def gpu_architecture() -> str:
    """The architecture of this container's GPUs, `sm_90` say.

    Raises:
        SystemExit: There is none, or they differ.
    """
    line = ["nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader"]
    try:
        told = subprocess.run(line, capture_output=True, text=True, check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(
            f"no GPU is seen ({error}): give the container one, or use `galatea triton`"
        ) from None
    if len(set(told)) != 1:
        raise SystemExit(f"GPUs of one kind are needed, for results depend on it; found {told}")
    return f"sm_{told[0].replace('.', '')}"


def runtime_id(version: str, architecture: str) -> str:
    """The id of the server, the first part of each result's numeric class.

    `triton-` sets it apart from ONNX Runtime in the service, which is asked otherwise: it never runs one row.
    """
    return f"triton-onnxruntime-{version}/CUDAExecutionProvider/{architecture}"


def main() -> None:
    """Become the server."""
    [library, *_] = sorted(_BACKEND.glob("libonnxruntime.so*"))
    told = runtime_id(runtime_version(library), gpu_architecture())
    sys.stderr.write(f"serving {_MODELS} on {told}\n")
    os.execvp(
        "tritonserver", ["tritonserver", f"--id={told}", f"--model-repository={_MODELS}", *sys.argv[1:]]
    )


if __name__ == "__main__":
    main()
