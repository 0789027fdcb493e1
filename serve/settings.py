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
        description="Where the ledger and the artifacts are kept; made when it is missing",
    )
    database_url: str | None = Field(
        None, description="The ledger: sqlite:////path or postgresql://...; by default in the data folder"
    )
    store_url: str | None = Field(
        None, description="The artifacts: a folder, or s3://bucket/prefix; by default in the data folder"
    )
    http_host: str = Field("127.0.0.1", description="Address to serve on; another than loopback needs keys")
    http_port: int = Field(8000, ge=1, le=65_535, description="Port of the HTTP service")
    grpc_port: int = Field(
        8001, ge=0, le=65_535, description="Port of the gRPC service, on the same address; 0 for none"
    )
    api_keys: str | None = Field(
        None, description="`tenant:key,tenant:key`; unset means the tenant `local`, on loopback only"
    )
    engine: Literal["onnx", "triton", "fake"] = Field(
        "onnx",
        description="What runs the networks: `onnx` in the service, or `triton`, a server; `fake` makes "
        "meaningless shapes, for load tests",
    )
    triton_url: str = Field(
        "127.0.0.1:8011",
        min_length=1,
        description="The Triton server's gRPC: host:port; a name with several addresses is used in turn",
    )
    triton_http_port: int = Field(
        8010, ge=0, le=65_535, description="HTTP port of `galatea triton`; 0 takes a free one"
    )
    triton_grpc_port: int = Field(
        8011, ge=0, le=65_535, description="gRPC port of `galatea triton`; 0 takes a free one"
    )
    triton_metrics_port: int = Field(
        8012, ge=0, le=65_535, description="Port of the metrics of `galatea triton`; 0 takes a free one"
    )
    triton_home: Path | None = Field(
        None, description="Where `galatea triton` is installed; by default in the data folder"
    )
    blender_python: Path | None = Field(
        None,
        description="A Python that imports Blender's `bpy`, which writes FBX; by default this one, if it can",
    )
    threads: int = Field(
        0, ge=0, le=256, description="Threads of the engine and of sync stages; 0: one a core, at most 4"
    )
    sync_workers: int = Field(
        0, ge=0, le=64, description="Processes for stages that compute; 0: one a core, at most 4"
    )
    lease_s: float = Field(
        30.0, ge=0.5, le=3_600, description="Seconds after which a silent worker's jobs go to another"
    )
    promote_after_s: float = Field(
        300.0, gt=0, description="Seconds after which a waiting job rises by a class, so that none starves"
    )
    max_queued: int = Field(10_000, ge=1, description="Jobs that may wait in all; more are answered 429")
    max_queued_per_tenant: int = Field(1_000, ge=1, description="Jobs that may wait of one tenant")
    max_upload_mb: int = Field(
        256, ge=1, le=4_096, description="Most megabytes (2^20 bytes) of an uploaded asset"
    )
    link_secret: str | None = Field(
        None,
        min_length=32,
        description="Signs links to assets, 32 characters or more; by default drawn once, in the data folder",
    )
    keep_jobs_days: float = Field(30.0, gt=0, description="Days that an ended job and its assets are kept")
    keep_results_days: float = Field(90.0, gt=0, description="Days that an unused stage result is kept")
    webhook_secret: str | None = Field(
        None, description="`whsec_...` that signs webhooks; several, by commas, while one is replaced"
    )
    webhook_private_addresses: bool = Field(
        False, description="Whether webhooks may go to private addresses although there are API keys"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="Least level that is logged"
    )
    log_json: bool = Field(False, description="One JSON object a log line")
    metrics_dir: Path | None = Field(
        None, description="Where processes of a host count together, for /metrics; `galatea run` sets it"
    )
    otlp_endpoint: str | None = Field(
        None, description="OTLP/HTTP collector for traces, such as http://localhost:4318"
    )

    @property
    def folder(self) -> Path:
        """The data folder with `~` resolved."""
        return self.data_dir.expanduser().absolute()

    @property
    def store(self) -> str:
        """Place of the artifact store."""
        return self.store_url or str(self.folder / "store")

    @property
    def triton_folder(self) -> Path:
        """Where the Triton server is installed."""
        return self.triton_home.expanduser().absolute() if self.triton_home else self.folder / "triton"

    @property
    def database(self) -> str:
        """URL of the ledger's database."""
        return self.database_url or f"sqlite:///{self.folder / 'ledger.sqlite'}"


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
            f"{name}={item['input']!r}: {item['msg'].removeprefix('Value error, ')}; change or unset it", name
        ) from None
