"""Takes the frames of a film: the scene is built once, and bent and traced for each frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.contracts.stage import Spread, one_by_one
from serve.geometry.mesh import PartMesh
from serve.render.backgrounds import FilmBackground, Gradient, develop_clear, develop_over
from serve.render.camera import Camera
from serve.render.environment import EnvironmentLighting
from serve.render.exposure import Shot, expose_shots
from serve.render.film import blank_film, smooth_films
from serve.render.film_settings import FilmSettings
from serve.render.kernels.structs import Film
from serve.render.lighting import LIGHTINGS, Lighting
from serve.render.posing import prepare_posing
from serve.render.scene import Bounds, upload_lens, upload_scene
from serve.render.studio import place_studio
from serve.render.tone import develop

__all__ = ["FilmScene"]


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
        self._settings, self._background, self._device = settings, background, device
        self._scene = upload_scene(mesh, device, bounds)
        self._studio = place_studio(lighting, self._scene.extent, device)
        self._built = mesh.vertices
        self._posing = prepare_posing(self._scene)

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
            uint8 [H, W, 4], sRGB with straight alpha, the top row first. Alpha is 255 but where the background
            is transparent.

        Raises:
            InvalidRequestError: The vertices are not as many as the mesh's, or not finite.
        """
        self._posing.pose(self._built if vertices is None else vertices)
        film = self._exposed(camera, index, spread)
        (smooth,) = smooth_films([film], spread=spread, device=self._device)
        return self._developed(smooth)

    def _exposed(self, camera: Camera, index: int, spread: Spread) -> Film:
        settings = self._settings.of_frame(index)
        width, height = settings.width, settings.height
        film = blank_film(height, width, self._device, is_layered=self._background != "light")
        shot = Shot(upload_lens(camera, width, height), self._studio, film)
        expose_shots(self._scene, [shot], settings, spread=spread, device=self._device)
        return film

    def _developed(self, film: Film) -> NDArray[np.uint8]:
        radiance = np.asarray(film.radiance.numpy(), np.float32)
        if self._background == "light":
            return np.dstack([develop(radiance), np.full(radiance.shape[:2], 255, np.uint8)])
        clear = np.asarray(film.clear.numpy(), np.float32)
        surfaces = radiance - clear[..., :3]
        if isinstance(self._background, Gradient):
            return develop_over(surfaces, clear, self._background)
        return develop_clear(surfaces, clear)

