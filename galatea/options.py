"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from serve.contracts.acceptance import AcceptancePolicy
from serve.contracts.requests import Compression

__all__ = [
    "DEFAULT_URL",
    "ApiKey",
    "Deadline",
    "LodCount",
    "Out",
    "Packing",
    "Policy",
    "Tenant",
    "TextureSize",
    "There",
    "Url",
]

DEFAULT_URL = "http://127.0.0.1:8000"
Url = Annotated[str, typer.Option(envvar="GALATEA_URL", help="Where the service is: http:// or grpc://.")]
ApiKey = Annotated[
    str | None,
    typer.Option(envvar="GALATEA_API_KEY", help="The tenant's key, where the service asks for one."),
]
Tenant = Annotated[str, typer.Option(help="Whose.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for the files, or the asset's own path.")]
TextureSize = Annotated[int | None, typer.Option(help="Side of the texture in pixels; 0 for none.")]
LodCount = Annotated[int | None, typer.Option(help="Coarser versions beside it, each of half the faces.")]
Packing = Annotated[Compression | None, typer.Option(help="Of GLB and glTF; none by default.")]
Policy = Annotated[AcceptancePolicy | None, typer.Option(help="What it must be fit for, or nothing is made.")]
Deadline = Annotated[float | None, typer.Option(help="Give up after so many seconds.")]
There = Annotated[
    str | None,
    typer.Option(help="Let the service at this URL make it: http://127.0.0.1:8000, grpc://127.0.0.1:8001."),
]
