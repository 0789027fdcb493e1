"""What was wrong with a mesh, and what was done about it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["DroppedFaces", "MeshFaults", "Repairs"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MeshFaults(_Record):
    """A mesh as it came, before anything was done; faces that name no vertex are left out."""

    vertex_count: int
    face_count: int
    was_watertight: bool = Field(description="Every edge has exactly two faces, which agree on their winding")
    boundary_edge_count: int = Field(description="Edges of one face: the rims of holes")
    nonmanifold_edge_count: int = Field(description="Edges of more than two faces")
    misoriented_edge_count: int = Field(description="Edges of two faces that disagree on which side is out")


class DroppedFaces(_Record):
    """Faces taken away, by reason."""

    unknown_vertex: int = Field(0, description="They named a vertex that there is not")
    not_finite: int = Field(0, description="A corner was infinite or no number")
    no_area: int = Field(0, description="Two corners were one vertex")
    duplicate: int = Field(0, description="Another face had the same three vertices")
    tangled: int = Field(0, description="Sheets crossed at an edge of theirs, and no cut could part them")
    speck: int = Field(0, description="They belonged to a piece too small to be meant")


class Repairs(_Record):
    """What `clean` found and did."""

    found: MeshFaults
    welded_vertex_count: int = Field(description="Vertices of open rims joined to others at their place")
    dropped_faces: DroppedFaces
    mended_needle_count: int = Field(description="Faces without area whose long side was flipped, or dropped")
    flipped_face_count: int = Field(description="Faces turned over, so that neighbours agree and out is out")
    cut_vertex_count: int = Field(description="Vertices added where sheets were cut apart")
    dropped_piece_count: int = Field(description="Pieces too small to be meant")
    filled_hole_count: int
    added_face_count: int = Field(description="Faces over the holes")
    open_hole_count: int = Field(
        description="Holes left open: too large to be a fault, or the rim of a sheet"
    )
    is_watertight: bool = Field(description="Of the mesh as it is now")

    @property
    def is_sound(self) -> bool:
        """Whether nothing had to be done."""
        return not any((
            self.welded_vertex_count, *self.dropped_faces.model_dump().values(), self.mended_needle_count,
            self.flipped_face_count, self.cut_vertex_count, self.filled_hole_count,
        ))  # fmt: skip
