"""`galatea doctor`: what this machine has, what is missing, and how to get it."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

from serve.artifacts import open_store
from serve.contracts.errors import GalateaError
from serve.engines.onnx import EngineOnnx
from serve.models import MODELS
from serve.settings import Settings, read_settings

__all__ = ["Finding", "examine", "findings"]

_LEAST_FREE_BYTES = 2**30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Args:
        name: What it is.
        state: `ok`, `missing` (something will not work) or `optional` (missing, and not needed).
        detail: What was found.
        remedy: How to get it; empty where nothing is to do.
    """

    name: str
    state: str
    detail: str
    remedy: str = ""


def _python() -> Finding:
    good = sys.version_info >= (3, 11)
    return Finding(
        "python",
        "ok" if good else "missing",
        platform.python_version(),
        "" if good else "install Python 3.11 or newer",
    )


def _onnxruntime() -> Finding:
    for package in ("onnxruntime-gpu", "onnxruntime"):
        try:
            found = version(package)
        except PackageNotFoundError:
            continue
        providers = import_module("onnxruntime").get_available_providers()
        return Finding("onnxruntime", "ok", f"{package} {found}: {', '.join(providers)}")
    return Finding(
        "onnxruntime", "missing", "not installed", "pip install 'galatea[cpu]' (or 'galatea[gpu]')"
    )


def _warp() -> Finding:
    import warp as wp

    from serve.geometry.warp_setup import ensure_warp

    ensure_warp()
    devices = ", ".join(str(device) for device in wp.get_devices())
    return Finding(
        "warp", "ok", f"{wp.__version__} on {devices}; kernels are kept in {wp.config.kernel_cache_dir}"
    )


def _weights() -> Finding:
    engine = EngineOnnx()
    try:
        names = [f"{spec.name} {engine.digest(spec)[:12]}" for spec in MODELS]
    except GalateaError as error:
        return Finding(
            "weights", "missing", error.message, "galatea compile NAME, or clone the repository again"
        )
    finally:
        engine.close()
    return Finding("weights", "ok", ", ".join(names))


def _data_dir(settings: Settings) -> Finding:
    remedy = "set GALATEA_DATA_DIR to a folder with room"
    try:
        open_store(settings.store)
        free = shutil.disk_usage(settings.data_dir.expanduser()).free
    except (GalateaError, OSError) as error:
        return Finding("data", "missing", str(error), remedy)
    enough = free >= _LEAST_FREE_BYTES
    detail = f"{settings.data_dir.expanduser()}, {free / 2**30:.1f} GiB free"
    return Finding("data", "ok" if enough else "missing", detail, "" if enough else remedy)


def _triton(settings: Settings) -> Finding:
    from deployments.triton.environment import PINS, environment_in, why_impossible

    environment = environment_in(settings.triton_folder)
    if environment.installed:
        return Finding("triton", "ok", f"{', '.join(PINS)} in {environment.folder}")
    if reason := why_impossible():
        return Finding("triton", "optional", f"cannot run here: {reason}")
    detail = "not installed; only GALATEA_ENGINE=triton needs it, or a server elsewhere"
    return Finding("triton", "optional", detail, "galatea triton")


def _program(name: str, purpose: str, remedy: str) -> Callable[[], Finding]:
    def look() -> Finding:
        found = shutil.which(name)
        return Finding(
            name, "ok" if found else "optional", found or f"not found; {purpose}", "" if found else remedy
        )

    return look


def _package(module: str, purpose: str, remedy: str) -> Callable[[], Finding]:
    def look() -> Finding:
        try:
            return Finding(module, "ok", version(module))
        except PackageNotFoundError:
            return Finding(module, "optional", f"not installed; {purpose}", remedy)

    return look


def findings(settings: Settings) -> list[Finding]:
    """Look at everything, the needed first."""
    looks: tuple[Callable[[], Finding], ...] = (
        _python,
        _onnxruntime,
        _warp,
        _weights,
        lambda: _data_dir(settings),
        lambda: _triton(settings),
        _package("torch", "only training and export need it", "pip install 'galatea[compile]'"),
        _program("node", "only the Khronos validator in the tests needs it", "apt-get install nodejs npm"),
    )
    return [look() for look in looks]


def examine() -> bool:
    """Print what was found; True where everything needed is there."""
    found = findings(read_settings())
    marks = {"ok": "ok      ", "missing": "MISSING ", "optional": "-       "}
    for finding in found:
        print(f"{marks[finding.state]} {finding.name:<12} {finding.detail}")
        if finding.remedy:
            print(f"{'':<22} -> {finding.remedy}")
    return all(finding.state != "missing" for finding in found)
