"""What a film measures: part of the result of every job that makes one."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["FilmReport"]


class FilmReport(BaseModel):
    """What a film measures."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = Field(description="Pixels")
    height: int = Field(description="Pixels")
    fps: float = Field(description="Frames a second")
    frame_count: int
    duration_s: float = Field(description="Seconds: the frames over their rate")
    codec: str = Field(description="As browsers name it, such as avc1.64001f")
    bitrate_bps: float = Field(description="Bits a second, of the whole file")
    byte_count: int = Field(description="Of the file")
