"""Films that are lit at every second pixel: the others are lent their light, and nobody should see it."""

import dataclasses

import numpy as np
import pytest

from serve.contracts.errors import InvalidRequestError
from serve.contracts.quality import Quality
from serve.contracts.stage import one_by_one
from serve.render import FilmScene, FilmSettings, film_settings
from serve.render.exposure import Shot, expose_shots, refine_shot
from serve.render.film import blank_film
from serve.render.lighting import LIGHTINGS, uniform_lighting
from serve.render.scene import upload_lens, upload_scene
from serve.render.studio import place_studio
from tests.render_scenes import FRONT, make_box, make_mesh, make_settings, make_sphere, make_surface

SIZE = 96


def make_film(**changes):
    return FilmSettings(make_settings(SIZE, 1, shared_jitter=True), edge_sample_count=4, **changes)


def frames(mesh, **looks):
    """The frame of every pixel, that of every second, and one of many samples, all float [H, W, 4]."""
    exact = FilmSettings(make_settings(SIZE, 256, shared_jitter=True))
    films = make_film(), make_film(is_interleaved=True), exact
    return [FilmScene(mesh, film, **looks).frame(FRONT, index=0).astype(float) for film in films]


def test_half_the_pixels_are_left_without_light_and_all_get_it():
    scene = upload_scene(make_sphere(), "cpu")
    studio = place_studio(dataclasses.replace(LIGHTINGS["light"], has_floor=False), scene.extent, "cpu")
    film, settings = blank_film(SIZE, SIZE, "cpu"), make_film().picture
    shot = Shot(upload_lens(FRONT, SIZE, SIZE), studio, film)
    expose_shots(scene, [shot], settings, is_interleaved=True, spread=one_by_one, device="cpu")
    is_dark, is_sphere = film.variance.numpy() < 0.0, film.normal.numpy().any(axis=-1)
    white_square = np.indices((SIZE, SIZE)).sum(axis=0) % 2 == 1
    np.testing.assert_array_equal(is_dark, is_sphere & white_square)
    finer = refine_shot(scene, shot, settings, 4, spread=one_by_one, device="cpu")
    assert (finer.variance.numpy() >= 0.0).all()
    assert (finer.radiance.numpy() > 0.0).all()


@pytest.mark.parametrize("background", ["light", "transparent"])
def test_even_light_looks_the_same_from_half_the_pixels(background):
    whole, half, _ = frames(make_sphere(), lighting=uniform_lighting(0.5), background=background)
    is_inside = np.linalg.norm(np.indices((SIZE, SIZE)) - (SIZE - 1) / 2, axis=0) < 18
    assert np.abs(half - whole)[is_inside].max() <= 1
    assert np.abs(half - whole).mean() < 0.2


def test_half_the_pixels_give_the_light_of_all_and_little_more_grain():
    mesh = make_mesh(
        (make_box(at=(0.0, 0.2, 0.0), size=(1.6, 1.4, 1.0)), make_surface((0.6, 0.3, 0.1), 0.5)),
        (make_box(at=(0.9, -0.8, 0.6), size=(0.8, 0.6, 0.6)), make_surface((0.2, 0.5, 0.3))),
    )
    whole, half, exact = frames(mesh)
    assert half.mean() == pytest.approx(exact.mean(), rel=0.01)

    def error(taken):
        return np.sqrt(np.square(taken - exact).mean())

    assert error(half) < 1.3 * error(whole)  # half the samples alone would make it 1.4


def test_glass_is_lit_too():
    glass = make_sphere(opacity=0.3, roughness=0.1)
    whole, half, _ = frames(glass, background="transparent")
    assert half[..., 3].mean() == pytest.approx(whole[..., 3].mean(), rel=0.02)
    assert half[..., :3].mean() == pytest.approx(whole[..., :3].mean(), rel=0.03)


def test_a_film_of_one_sample_is_interleaved_and_no_other():
    assert film_settings(Quality.DRAFT, 64, 64).is_interleaved
    assert film_settings(Quality.HIGH, 64, 64, sample_count=1).is_interleaved
    assert not film_settings(Quality.DRAFT, 64, 64, sample_count=2).is_interleaved
    assert not film_settings(Quality.MEDIUM, 64, 64).is_interleaved


def test_interleaving_without_edge_samples_is_refused():
    with pytest.raises(InvalidRequestError, match="edge_sample_count at least 1"):
        FilmSettings(make_settings(), is_interleaved=True)
