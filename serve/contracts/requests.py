"""What a client may ask. Pydantic is the only validator; the limits stand here and nowhere else."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from serve.contracts.errors import InvalidRequestError
from serve.contracts.quality import Quality

__all__ = ["AssetFormat", "JobRequest", "LinkRequest", "Priority", "TextTo3dRequest", "parse_request"]

MAX_PROMPT_LENGTH = 1_000
MAX_URL_LENGTH = 2_000
MAX_SEED = 2**53 - 1  # the largest that JSON numbers carry exactly
_MAX_SHOWN = 80
_MAX_PROBLEM_COUNT = 5  # a body full of unknown fields is not answered by a longer one
# What the validators below judge, as regular expressions for the OpenAPI document (ECMA-262).
_UNCONTROLLED = r"[^\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]"
_VISIBLE = r"[^\s\x00-\x20\x7f-\xa0]"
_WEB_ADDRESS = r"^[Hh][Tt][Tt][Pp][Ss]?://([A-Za-z0-9._~%-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?([/?#][!-~]*)?$"


class AssetFormat(StrEnum):
    """File formats that may be asked for; `serve.formats` says which this build can write."""

    GLB = "glb"
    OBJ = "obj"
    PLY = "ply"
    STL = "stl"
    USDZ = "usdz"
    FBX = "fbx"


class Priority(StrEnum):
    """The class of a job."""

    INTERACTIVE = "interactive"
    NORMAL = "normal"
    BATCH = "batch"


def _clean_text(text: str) -> str:
    """The text without outer blanks; line breaks and tabs become blanks.

    Raises:
        ValueError: It holds a character that no text needs, such as NUL.
    """
    flat = " ".join(text.split())
    for position, character in enumerate(flat):
        if unicodedata.category(character) in ("Cc", "Cs"):
            raise ValueError(f"holds the control character U+{ord(character):04X} at {position}; remove it")
    return flat


def _not_blank(text: str) -> str:
    if not text:
        raise ValueError("is empty; describe what you want, such as 'a tall red lamp with a blue stand'")
    return text


def _number(value: object) -> object:
    """Refuse what Python, but not JSON, takes for a number.

    Raises:
        ValueError: It is a text or a truth value.
    """
    if isinstance(value, str | bool):
        shown = _cut(repr(value))
        raise ValueError(f"{shown} is not allowed; it must be a number, and JSON writes those bare")
    return value


def _power_of_two(size: int) -> int:
    if size & (size - 1):
        raise ValueError(f"{size} is no power of two; take 256, 512, 1024, 2048 or 4096")
    return size


def _web_address(url: str) -> str:
    """The URL, if a webhook can be sent to it.

    Raises:
        ValueError: It is no absolute http or https URL, or it holds a password.
    """
    if not all("!" <= character <= "~" for character in url):
        raise ValueError("holds a character that no URL may hold; percent-encode it")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"is no URL: {error}; give one such as https://example.com/galatea") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("is no http or https URL; give one such as https://example.com/galatea")
    if parts.username is not None or parts.password is not None:
        raise ValueError("holds a user name or a password; leave them out: webhooks are signed")
    return url


Text = Annotated[
    str,
    Field(max_length=MAX_PROMPT_LENGTH, json_schema_extra={"pattern": f"^{_UNCONTROLLED}*$"}),
    AfterValidator(_clean_text),
]
Integer = Annotated[int, BeforeValidator(_number)]
Number = Annotated[float, BeforeValidator(_number)]
WebAddress = Annotated[
    str,
    Field(max_length=MAX_URL_LENGTH, json_schema_extra={"format": "uri", "pattern": _WEB_ADDRESS}),
    AfterValidator(_web_address),
]


class JobRequest(BaseModel):
    """What every request carries: how urgent it is, and who is told. No part of a stage's key."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    priority: Priority = Field(Priority.NORMAL, description="Class of the job in the queue")
    deadline_s: Annotated[float, Field(gt=0, le=86_400), BeforeValidator(_number)] | None = Field(
        None, description="Seconds after which the job is cancelled; none by default"
    )
    webhook_url: WebAddress | None = Field(
        None, description="Where a signed message goes when the job has ended (Standard Webhooks)"
    )

    def asset_fields(self) -> dict[str, Any]:
        """The request as JSON, without the fields above: what the asset is made of."""
        return self.model_dump(mode="json", exclude=set(JobRequest.model_fields))


class TextTo3dRequest(JobRequest):
    """A sentence becomes a 3D asset."""

    prompt: Annotated[Text, AfterValidator(_not_blank)] = Field(
        description="What to make, up to 1,000 characters; the model reads the first 30 words or so",
        json_schema_extra={"minLength": 1, "pattern": f"^{_UNCONTROLLED}*{_VISIBLE}{_UNCONTROLLED}*$"},
    )
    negative_prompt: Text = Field("", description="What to stay away from")
    format: AssetFormat = Field(AssetFormat.GLB, description="File format of the asset")
    quality: Quality = Field(Quality.MEDIUM, description="Tier: steps, resolution, faces, samples")
    poly_count: Integer = Field(10_000, ge=100, le=500_000, description="Most faces of the asset")
    texture_size: Annotated[
        int, Field(ge=256, le=4096), AfterValidator(_power_of_two), BeforeValidator(_number)
    ] = Field(
        1024,
        description="Side of the texture in pixels, a power of two",
        json_schema_extra={"enum": [256, 512, 1024, 2048, 4096]},
    )
    guidance_scale: Number = Field(7.5, ge=0, le=20, description="How hard to follow the prompt; 7.5 is best")
    seed: Integer = Field(-1, ge=-1, le=MAX_SEED, description="Seed of the random numbers; -1 draws one")


class LinkRequest(BaseModel):
    """An address to download an asset from without an API key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    expires_s: Integer = Field(3_600, ge=1, le=86_400, description="Seconds for which the address holds")


_Request = TypeVar("_Request", bound=BaseModel)


def parse_request(kind: type[_Request], fields: Mapping[str, Any]) -> _Request:
    """The request that these fields make.

    Raises:
        InvalidRequestError: Fields are unknown, malformed or out of range: names each, with its value.
    """
    try:
        return kind.model_validate(dict(fields))
    except ValidationError as error:
        items = error.errors(include_url=False)
        problems = [_problem(kind, item) for item in items[:_MAX_PROBLEM_COUNT]]
        if len(items) > _MAX_PROBLEM_COUNT:
            problems.append(f"and {len(items) - _MAX_PROBLEM_COUNT:,} fields more are wrong")
        first = items[0]["loc"]
        raise InvalidRequestError("; ".join(problems), _cut(str(first[0])) if first else None) from None


def _problem(kind: type[BaseModel], item: Any) -> str:
    """One sentence on one bad field: which, what was given, what would do."""
    field = _cut(".".join(str(part) for part in item["loc"])) or "request"
    if item["type"] == "extra_forbidden":
        return f"{field}: no such field; there are {', '.join(sorted(kind.model_fields))}"
    if item["type"] == "missing":
        return f"{field}: is missing; give it"
    if item["type"] == "string_too_long":
        return f"{field}: has {len(item['input']):,} characters; the limit is {item['ctx']['max_length']:,}"
    if item["type"] == "value_error":
        return f"{field}: {item['ctx']['error']}"
    shown = _cut(repr(item["input"]))
    limits = _limits(kind, field)
    message = item["msg"].removeprefix("Input should be ").replace("Input should be ", "")
    return f"{field}: {shown} is not allowed; it must be {message}{limits}"


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."


def _limits(kind: type[BaseModel], field: str) -> str:
    """The whole range of a number, since a message names only the end that was passed."""
    schema = kind.model_json_schema()["properties"].get(field, {})
    if "minimum" in schema and "maximum" in schema:
        return f" (from {schema['minimum']:,} to {schema['maximum']:,})"
    return ""
