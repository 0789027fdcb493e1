"""The environment, read once and frozen. Every setting is a row here and documented in the README."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from serve.contracts.errors import InvalidRequestError

__all__ = ["Settings", "read_settings"]


class Settings(BaseSettings):
    """Settings of the whole program, each `GALATEA_<NAME>` in the environment."""

    model_config = SettingsConfigDict(env_prefix="GALATEA_", frozen=True, extra="ignore")

    data_dir: Path = Field(
        Path("~/.local/share/galatea"),
        description="Where artifacts and results are kept; made when it is missing",
    )
    engine: Literal["onnx"] = Field("onnx", description="What runs the networks: `onnx` in this process")
    threads: int = Field(
        0, ge=0, le=256, description="Threads of the engine and of sync stages; 0: one a core, at most 4"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="Least level that is logged"
    )
    log_json: bool = Field(False, description="One JSON object a log line")
    otlp_endpoint: str | None = Field(
        None, description="OTLP/HTTP collector for traces, such as http://localhost:4318"
    )

    @property
    def store(self) -> str:
        """Place of the artifact store."""
        return str(self.data_dir.expanduser() / "store")


def read_settings() -> Settings:
    """The settings of this environment.

    Raises:
        InvalidRequestError: A variable is malformed; the message names it, its value and what would do.
    """
    try:
        return Settings()  # the environment gives the arguments
    except ValidationError as error:
        item = error.errors()[0]
        name = f"GALATEA_{str(item['loc'][0]).upper()}"
        raise InvalidRequestError(
            f"{name}={item['input']!r}: {item['msg']}; change or unset it", name
        ) from None
