"""What a client may ask. Pydantic is the only validator; the limits stand here and nowhere else."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from itertools import takewhile
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from serve.contracts.acceptance import AcceptancePolicy
from serve.contracts.artifacts import Digest
from serve.contracts.errors import InvalidRequestError
from serve.contracts.quality import Quality

__all__ = [
    "AssetFormat",
    "Compression",
    "ConvertRequest",
    "HoleFilling",
    "JobRequest",
    "LinkRequest",
    "Pivot",
    "Priority",
    "TextTo3d",
    "TextTo3dRequest",
    "UpAxis",
    "json_number",
    "parse_request",
]

MAX_PROMPT_LENGTH = 1_000
MAX_URL_LENGTH = 2_000
MAX_SEED = 2**53 - 1  # the largest that JSON numbers carry exactly
MAX_LOD_COUNT = 4
TEXTURE_SIZES = (0, 256, 512, 1024, 2048, 4096)
ASSET_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
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
    GLTF = "gltf"


class Compression(StrEnum):
    """How a glTF file's numbers are packed."""

    NONE = "none"
    MESHOPT = "meshopt"


class UpAxis(StrEnum):
    """Which way is up in an uploaded file; `auto` goes by its format: Z for STL and PLY, else Y."""

    AUTO = "auto"
    Y = "y"
    Z = "z"


class Pivot(StrEnum):
    """Where the origin of an asset is."""

    KEEP = "keep"
    CENTRE = "centre"
    BOTTOM = "bottom"


class HoleFilling(StrEnum):
    """Which holes a repair closes: `small` leaves the rims of what was meant to be open, such as a cloth."""

    NONE = "none"
    SMALL = "small"
    ALL = "all"


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


def json_number(value: object) -> object:
    """Refuse what Python, but not JSON, takes for a number.

    Raises:
        ValueError: It is a text or a truth value.
    """
    if isinstance(value, str | bool):
        shown = _cut(repr(value))
        raise ValueError(f"{shown} is not allowed; it must be a number, and JSON writes those bare")
    return value


def _truth(value: object) -> object:
    """Refuse what Pydantic, but not JSON, takes for true or false.

    Raises:
        ValueError: It is a text or a number.
    """
    if not isinstance(value, bool):
        raise ValueError(f"{_cut(repr(value))} is not allowed; it must be true or false")
    return value


def _texture_size(size: int) -> int:
    if size not in TEXTURE_SIZES:
        raise ValueError(f"{size} is no texture size; take 256, 512, 1024, 2048 or 4096, or 0 for no texture")
    return size


def _each_once(formats: tuple[AssetFormat, ...]) -> tuple[AssetFormat, ...]:
    twice = sorted({row.value for row in formats if formats.count(row) > 1})
    if twice:
        raise ValueError(f"names {twice[0]} twice; name each format once")
    return formats


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
Integer = Annotated[int, BeforeValidator(json_number)]
Number = Annotated[float, BeforeValidator(json_number)]
Truth = Annotated[bool, BeforeValidator(_truth)]
PolyCount = Annotated[int, Field(ge=100, le=500_000), BeforeValidator(json_number)]
TextureSize = Annotated[
    int,
    Field(ge=0, le=4096, json_schema_extra={"enum": list(TEXTURE_SIZES)}),
    AfterValidator(_texture_size),
    BeforeValidator(json_number),
]
WebAddress = Annotated[
    str,
    Field(max_length=MAX_URL_LENGTH, json_schema_extra={"format": "uri", "pattern": _WEB_ADDRESS}),
    AfterValidator(_web_address),
]


class JobRequest(BaseModel):
    """What every request carries: how urgent it is, and who is told. No part of a stage's key."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    priority: Priority = Field(Priority.NORMAL, description="Class of the job in the queue")
    deadline_s: Annotated[float, Field(gt=0, le=86_400), BeforeValidator(json_number)] | None = Field(
        None, description="Seconds after which the job is cancelled; none by default"
    )
    webhook_url: WebAddress | None = Field(
        None, description="Where a signed message goes when the job has ended (Standard Webhooks)"
    )

    def asset_fields(self) -> dict[str, Any]:
        """The request as JSON, without the fields above: what the asset is made of."""
        return self.model_dump(mode="json", exclude=set(JobRequest.model_fields))


class TextTo3d(BaseModel):
    """What to make of a sentence: all that decides a mesh and its looks."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    prompt: Annotated[Text, AfterValidator(_not_blank)] = Field(
        description="What to make, up to 1,000 characters; the model reads the first 30 words or so",
        json_schema_extra={"minLength": 1, "pattern": f"^{_UNCONTROLLED}*{_VISIBLE}{_UNCONTROLLED}*$"},
    )
    negative_prompt: Text = Field("", description="What to stay away from")
    quality: Quality = Field(Quality.MEDIUM, description="Tier: steps, resolution, faces, texture, samples")
    poly_count: PolyCount = Field(10_000, description="Most faces of the asset")
    texture_size: TextureSize | None = Field(
        None, description="Side of the texture in pixels; 0 for none; by default what the quality says"
    )
    guidance_scale: Number = Field(7.5, ge=0, le=20, description="How hard to follow the prompt; 7.5 is best")
    seed: Integer = Field(-1, ge=-1, le=MAX_SEED, description="Seed of the random numbers; -1 draws one")


class TextTo3dRequest(TextTo3d, JobRequest):
    """A sentence becomes a 3D asset."""

    format: AssetFormat = Field(AssetFormat.GLB, description="File format of the asset")
    lod_count: Integer = Field(
        0, ge=0, le=MAX_LOD_COUNT, description="Coarser versions beside the asset, each of half the faces"
    )
    compression: Compression = Field(Compression.NONE, description="Of GLB and glTF: EXT_meshopt_compression")
    policy: AcceptancePolicy | None = Field(
        None, description="What the asset must be fit for, or the job fails; by default judged for games"
    )


class ConvertRequest(JobRequest):
    """An uploaded mesh is repaired, brought to a budget, textured and written in other formats."""

    asset: Digest = Field(description="Digest of a GLB, glTF, OBJ, PLY or STL file that you may read")
    formats: Annotated[tuple[AssetFormat, ...], AfterValidator(_each_once)] = Field(
        (AssetFormat.GLB,),
        min_length=1,
        max_length=len(AssetFormat),
        description="What to write, main first",
        json_schema_extra={"uniqueItems": True},
    )
    name: str = Field("asset", pattern=ASSET_NAME, description="Of the asset inside the files")
    up_axis: UpAxis = Field(UpAxis.AUTO, description="Which way is up in the file")
    unit_m: Number = Field(1.0, ge=1e-6, le=1e6, description="Metres that one unit of the file is")
    longest_m: Annotated[float, Field(ge=1e-4, le=1e4), BeforeValidator(json_number)] | None = Field(
        None, description="Scale the asset to this longest side, metres"
    )
    pivot: Pivot = Field(Pivot.KEEP, description="Where the origin shall be")
    repair: Truth = Field(True, description="Mend duplicates, winding, non-manifold edges, specks and holes")
    fill_holes: HoleFilling = Field(HoleFilling.SMALL, description="Which holes `repair` closes")
    smooth_count: Integer = Field(0, ge=0, le=100, description="Rounds of smoothing that keep the volume")
    remesh_resolution: Annotated[int, Field(ge=16, le=384), BeforeValidator(json_number)] | None = Field(
        None, description="Make a new closed surface, of so many cells along the longest side"
    )
    poly_count: PolyCount | None = Field(None, description="Most faces; by default all are kept")
    texture_size: TextureSize | None = Field(
        None,
        description=(
            "Bake the looks into a new texture of so many pixels a side; 0 for none; by default 1024 where "
            "the faces change, else the file's own textures are kept"
        ),
    )
    lod_count: Integer = Field(
        0,
        ge=0,
        le=MAX_LOD_COUNT,
        description="Coarser versions of half the faces each (10,000 unless said)",
    )
    compression: Compression = Field(Compression.NONE, description="Of GLB and glTF: EXT_meshopt_compression")
    policy: AcceptancePolicy | None = Field(
        None, description="What the asset must be fit for, or the job fails; by default judged for games"
    )


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
        names = takewhile(lambda part: isinstance(part, str), items[0]["loc"])
        raise InvalidRequestError("; ".join(problems), _cut(".".join(map(str, names))) or None) from None


def _problem(kind: type[BaseModel], item: Any) -> str:
    """One sentence on one bad field: which, what was given, what would do."""
    field = _path(item) or "request"
    if item["type"] == "extra_forbidden":
        known = _schema(kind, item["loc"][:-1]).get("properties", {})
        return f"{field}: no such field; there are {', '.join(sorted(known))}"
    if item["type"] == "missing":
        return f"{field}: is missing; give it"
    if item["type"] == "string_too_long":
        return f"{field}: has {len(item['input']):,} characters; the limit is {item['ctx']['max_length']:,}"
    if item["type"] == "value_error":
        return f"{field}: {item['ctx']['error']}"
    if item["type"] in ("too_long", "too_short"):
        return f"{field}: it {item['msg'].partition(' ')[2].replace(' after validation', '')}"
    shown = _cut(repr(item["input"]))
    message = item["msg"].removeprefix("Input should be ").replace("Input should be ", "")
    return f"{field}: {shown} is not allowed; it must be {message}{_limits(_schema(kind, item['loc']))}"


def _path(item: Any) -> str:
    """Where the field is: `light.intensity`."""
    return _cut(".".join(str(part) for part in item["loc"]))


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."


def _limits(schema: Mapping[str, Any]) -> str:
    """The whole range of a number, since a message names only the end that was passed."""
    if "minimum" in schema and "maximum" in schema:
        return f" (from {schema['minimum']:,} to {schema['maximum']:,})"
    return ""


def _schema(kind: type[BaseModel], path: tuple[str | int, ...]) -> Mapping[str, Any]:
    """The schema of a field, of a field of a field ...; empty where there is none."""
    whole = _whole_schema(kind)
    schema = _bare(whole, whole)
    for part in path:
        schema = _bare(whole, _within(schema, part))
    return schema


def _within(schema: Mapping[str, Any], part: str | int) -> Mapping[str, Any]:
    """The schema of one field, or of one item of a list or of a row of so many."""
    if isinstance(part, str):
        return dict(schema.get("properties", {}).get(part, {}))
    row = schema.get("prefixItems", ())
    return dict(row[part] if part < len(row) else schema.get("items") or {})


@cache
def _whole_schema(kind: type[BaseModel]) -> Mapping[str, Any]:
    return kind.model_json_schema()


def _bare(whole: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema without the null that may stand in its place, and with what it refers to."""
    arms = [arm for arm in schema.get("anyOf", ()) if arm.get("type") != "null"]
    schema = arms[0] if arms else schema
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return whole["$defs"][name] if name else schema
