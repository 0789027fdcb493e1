"""Takes the frames of a film: the scene is built once, and bent or moved and traced for each frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.contracts.stage import Spread, one_by_one
from serve.geometry.mesh import PartMesh
from serve.render.backgrounds import FilmBackground, develop_frame
from serve.render.camera import Camera
from serve.render.crowd import upload_crowd
from serve.render.environment import EnvironmentLighting
from serve.render.exposure import Shot, expose_shots, refine_shot
from serve.render.film import blank_film, smooth_films
from serve.render.film_settings import FilmSettings
from serve.render.lighting import LIGHTINGS, Lighting
from serve.render.posing import prepare_posing
from serve.render.scene import Bounds, Scene, upload_lens, upload_scene
from serve.render.studio import PlacedStudio, place_studio

__all__ = ["CrowdScene", "FilmScene"]


class FilmScene:
    """A mesh under lights, of which frames are taken; any frame alone has the bytes it has among others.

    The floor's height and what is near or far belong to the whole film: they come from `bounds` and do not
    jump from frame to frame.

        scene = FilmScene(mesh, film_settings(Quality.MEDIUM, 512, 512))
        pictures = [scene.frame(camera, bent, index=k) for k, (camera, bent) in enumerate(shots)]
    """

    def __init__(
        self,
        mesh: PartMesh,
        settings: FilmSettings,
        *,
        lighting: Lighting | EnvironmentLighting = LIGHTINGS["light"],
        background: FilmBackground = "light",
        bounds: Bounds | None = None,
        device: str = "cpu",
    ) -> None:
        """Upload the mesh and build its BVHs.

        Args:
            mesh: At least one face.
            settings: Size, effort, seed and grain.
            lighting: Where the light comes from.
            background: `light` for what belongs to the light, a gradient, or `transparent`.
            bounds: Of all that the film shows; by default those of the mesh as it was built. The floor lies
                under the lowest corner.
            device: A Warp device: `cpu`, `cuda:0`.

        Raises:
            InvalidRequestError: The mesh has no faces, a number that is not finite, or no size, or the bounds
                have none.
        """
        scene = upload_scene(mesh, device, bounds)
        studio = place_studio(lighting, scene.extent, device)
        self._set = _Set(scene, studio, settings, background, device)
        self._bending = _Bending(scene, mesh.vertices)

    def frame(
        self,
        camera: Camera,
        vertices: NDArray[np.float32] | None = None,
        *,
        index: int,
        spread: Spread = one_by_one,
    ) -> NDArray[np.uint8]:
        """Take one frame.

        Args:
            camera: Where it is taken from.
            vertices: float32 [V, 3], metres: the mesh's, bent; None for the mesh as it was built.
            index: The frame's number in the film, which moving grain depends on.
            spread: Runs the bands of rows; raises to stop.

        Returns:
            uint8 [H, W, 4], sRGB with straight alpha, the top row first; alpha is 255 unless the background
            is transparent.

        Raises:
            InvalidRequestError: The vertices are not as many as the mesh's, or not finite.
        """
        self._bending.bend(vertices)
        return self._set.take(camera, index, spread)


class CrowdScene:
    """Rigid bodies under lights, of which frames are taken: what a simulation is drawn with.

    scene = CrowdScene([ball, box], [0, 1, 1], settings, bounds=((-2, 0, -2), (2, 3, 2)))
    picture = scene.frame(camera, poses, index=0)
    """

    def __init__(
        self,
        meshes: Sequence[PartMesh],
        bodies: Sequence[int],
        settings: FilmSettings,
        *,
        bounds: Bounds,
        lighting: Lighting | EnvironmentLighting = LIGHTINGS["light"],
        background: FilmBackground = "light",
        device: str = "cpu",
    ) -> None:
        """Upload the meshes and build their BVHs, each once however many bodies it has.

        Args:
            meshes: Each of at least one face.
            bodies: For each body the index of its mesh.
            settings: As in `FilmScene`.
            bounds: Of all that the film shows. The floor lies under the lowest corner.
            lighting: As in `FilmScene`.
            background: As in `FilmScene`.
            device: A Warp device: `cpu`, `cuda:0`.

        Raises:
            InvalidRequestError: A mesh cannot be drawn, a body has none, or the bounds have no size.
        """
        self._crowd = upload_crowd(meshes, bodies, device, bounds)
        scene = self._crowd.scene
        studio = place_studio(lighting, scene.extent, device)
        self._set = _Set(scene, studio, settings, background, device)
        self._bending = _Bending(scene, np.concatenate([mesh.vertices for mesh in meshes]))

    def frame(
        self,
        camera: Camera,
        poses: NDArray[np.floating],
        vertices: NDArray[np.float32] | None = None,
        *,
        index: int,
        spread: Spread = one_by_one,
    ) -> NDArray[np.uint8]:
        """Take one frame.

        Args:
            camera: Where it is taken from.
            poses: [B, 7], of each body the place, metres, and the rotation, a quaternion x, y, z, w.
            vertices: float32 [V, 3], metres, of all meshes one after the other, bent; None for as built.
            index: As in `FilmScene.frame`.
            spread: As in `FilmScene.frame`.

        Returns:
            As `FilmScene.frame` does.

        Raises:
            InvalidRequestError: Poses or vertices are not as many as they must be, or not finite.
        """
        bent = self._bending.bend(vertices)
        self._crowd.place(bent, poses)
        return self._set.take(camera, index, spread)


class _Bending:
    """Bends a scene, but where it stands as it was built and is to stay so."""

    def __init__(self, scene: Scene, built: NDArray[np.float32]) -> None:
        self._posing, self._built = prepare_posing(scene), built
        self._is_built = False

    def bend(self, vertices: NDArray[np.float32] | None) -> NDArray[np.float32]:
        """Bend to these vertices, or back for None; return what it is bent to."""
        bent = self._built if vertices is None else vertices
        if vertices is not None or not self._is_built:
            self._is_built = False  # should the vertices be refused
            self._posing.pose(bent)
            self._is_built = vertices is None
        return bent


@dataclass(frozen=True, slots=True)
class _Set:
    """A scene in its lights, with all that a camera needs to know of them."""

    scene: Scene
    studio: PlacedStudio
    settings: FilmSettings
    background: FilmBackground
    device: str

    def take(self, camera: Camera, index: int, spread: Spread) -> NDArray[np.uint8]:
        """The frame of the scene as it stands, uint8 [H, W, 4]."""
        settings, device = self.settings.of_frame(index), self.device
        width, height = settings.width, settings.height
        film = blank_film(height, width, device, is_layered=self.background != "light")
        shot = Shot(upload_lens(camera, width, height), self.studio, film)
        edge_count, is_interleaved = self.settings.edge_sample_count, self.settings.is_interleaved
        expose_shots(
            self.scene, [shot], settings, is_interleaved=is_interleaved, spread=spread, device=device
        )
        finer = refine_shot(self.scene, shot, settings, edge_count, spread=spread, device=device)
        (smooth,) = smooth_films([finer], spread=spread, device=device)
        radiance, clear = (np.asarray(of.numpy(), np.float32) for of in (smooth.radiance, smooth.clear))
        return develop_frame(radiance, clear, self.background, spread)
