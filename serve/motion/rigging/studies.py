"""What is found out about a mesh before a skeleton is drawn into it, each thing once and only if asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from serve.contracts.errors import InvalidRequestError
from serve.geometry.mesh import PartMesh, check_finite
from serve.geometry.parts import ROLES
from serve.motion.rigging.bodies import Body
from serve.motion.rigging.chain import Strand, find_strand
from serve.motion.rigging.part_bodies import body_of_parts
from serve.motion.rigging.part_contacts import PartPlaces, locate_parts
from serve.motion.rigging.part_words import part_kind, part_words
from serve.motion.rigging.releasing import released
from serve.motion.rigging.shape_bodies import body_of_shape
from serve.motion.rigging.volume import Volume, build_volume

__all__ = ["Study", "study_mesh"]


@dataclass(frozen=True, eq=False)
class Study:
    """A mesh, and what is known of it.

    Args:
        mesh: At least one face, finite, not a point.
        check: Called now and then; may raise.
        device: A Warp device.
    """

    mesh: PartMesh
    check: Callable[[], None]
    device: str

    @cached_property
    def volume(self) -> Volume:
        """Its solid."""
        return build_volume(self.mesh, self.check, self.device)

    @cached_property
    def is_told(self) -> bool:
        """Whether the names of its parts say what they are: of at least half of several parts."""
        numbers = np.unique(self.mesh.face_part).tolist()
        names = [self.mesh.surfaces[number].name for number in numbers]
        known = [name for name in names if part_kind(name) or set(part_words(name)) & set(ROLES)]
        return len(names) > 1 and 2 * len(known) >= len(names)

    @cached_property
    def body(self) -> Body | None:
        """Its body: by the names of its parts, or, where these say nothing, by its shape."""
        found = body_of_parts(self.mesh, self.volume) if self.is_told else self.shape
        return None if found is None else released(found)

    @cached_property
    def shape(self) -> Body:
        """Its body by shape alone."""
        return body_of_shape(self.mesh, self.volume, self.check, self.device)

    @cached_property
    def strand(self) -> Strand:
        """It as one strand."""
        return find_strand(self.mesh, self.volume, self.check, self.device)

    @cached_property
    def places(self) -> PartPlaces:
        """Where its parts are."""
        return locate_parts(self.mesh, self.volume)


def study_mesh(mesh: PartMesh, check: Callable[[], None], device: str) -> Study:
    """A study of a mesh that has a face and a size.

    Raises:
        InvalidRequestError: It has not, or a vertex is not finite.
    """
    if len(mesh.faces) == 0:
        raise InvalidRequestError("the mesh has no face: there is nothing to put a skeleton into", "mesh")
    check_finite(mesh)
    if float(np.ptp(mesh.vertices[np.unique(mesh.faces)], axis=0).max()) <= 0.0:
        raise InvalidRequestError("the mesh is a single point: it has no room for a skeleton", "mesh")
    return Study(mesh, check, device)
