import dataclasses

import numpy as np
import pytest

from serve.contracts.errors import InvalidRequestError
from serve.contracts.video import LightPreset
from serve.render import LIGHT_PRESETS, Camera, FilmScene, FilmSettings, Gradient
from serve.render.lighting import LIGHTINGS, uniform_lighting
from serve.render.tone import linear_to_srgb, srgb_to_linear
from tests.render_scenes import FRONT, make_box, make_mesh, make_settings, make_sphere, make_surface

STUDIO = LIGHTINGS["light"]
IN_THE_AIR = dataclasses.replace(STUDIO, has_floor=False)
WHITE, TEAL = Gradient.from_hex("#ffffff"), Gradient.from_hex("#20a0a0")
DOWN = Camera(eye=(1.5, 3.0, 5.0), target=(0.0, 0.3, 0.0), up=(0.0, 1.0, 0.0), fov_deg=40.0)


def film(background, size=64, sample_count=64, *, mesh=None, camera=DOWN, lighting=STUDIO):
    mesh = mesh or make_mesh((make_box(at=(0.0, 0.5, 0.0)), make_surface((0.5, 0.3, 0.1))))
    settings = FilmSettings(make_settings(size, sample_count, shared_jitter=True))
    return FilmScene(mesh, settings, lighting=lighting, background=background).frame(camera, index=0)


def blended(frame, color):
    """Over a background as programs blend it: encoded values, by straight alpha."""
    alpha = frame[..., 3:] / 255.0
    return alpha * frame[..., :3] + (1.0 - alpha) * np.array(color)


def test_a_middle_grey_is_a_middle_grey():
    frame = film(Gradient.from_hex("#808080"), lighting=IN_THE_AIR)
    assert (frame[:6] == [128, 128, 128, 255]).all()


@pytest.mark.parametrize("color", ["#000000", "#ffffff", "#c0d8ff", "#010203"])
def test_a_color_is_what_was_asked_for(color):
    expected = [*bytes.fromhex(color[1:]), 255]
    assert (film(Gradient.from_hex(color), sample_count=1, lighting=IN_THE_AIR)[:6] == expected).all()


def test_a_gradient_runs_from_its_top_to_its_bottom():
    column = film(Gradient.from_hex("#000000", "#ff8000"), 128, 1, lighting=IN_THE_AIR)[:, 0].astype(float)
    share = (np.arange(128) + 0.5) / 128
    np.testing.assert_allclose(column[:, 0], 255 * share, atol=1.0)
    np.testing.assert_allclose(column[:, 1], 128 * share, atol=1.0)
    assert (column[:, 2] == 0).all()


def test_the_floor_darkens_a_background_by_its_shadow():
    studio, white = film("light"), film(WHITE)
    open_floor = np.abs(white.astype(int) - 255).max(axis=-1) == 0
    assert open_floor.mean() > 0.1
    # Where the studio's floor is in shade, so is the white one, and by as much.
    backdrop = film("light", lighting=IN_THE_AIR)
    share = srgb_to_linear(studio[..., :3] / np.float32(255)) / srgb_to_linear(
        backdrop[..., :3] / np.float32(255)
    )
    shadow = film("transparent")
    is_floor = (shadow[..., :3].max(axis=-1) == 0) & (shadow[..., 3] > 20)
    assert is_floor.sum() > 60
    seen = srgb_to_linear(white[is_floor][:, :3] / np.float32(255))
    np.testing.assert_allclose(seen, share[is_floor], atol=0.06)


def test_a_transparent_film_over_a_color_is_the_film_with_that_color():
    clear = film("transparent")
    for background, color in ((WHITE, (255, 255, 255)), (TEAL, (0x20, 0xA0, 0xA0))):
        away = np.abs(blended(clear, color) - film(background)[..., :3])
        # Programs blend outlines in encoded values, which light does not; surfaces and shadows agree.
        outline = (clear[..., 3] > 0) & (clear[..., 3] < 255) & (clear[..., :3].max(axis=-1) > 0)
        assert away[~outline].max() <= 6
        assert away.mean() < 1.0


def test_outlines_hold_the_color_of_their_surface_and_no_other():
    even = uniform_lighting(0.5)  # in which a white sphere is of one colour all over
    clear = film("transparent", mesh=make_sphere(), camera=FRONT, lighting=even)
    edge = (clear[..., 3] > 40) & (clear[..., 3] < 215)
    assert edge.sum() > 30
    inside = clear[32, 32, :3].astype(int)
    assert np.abs(clear[edge][:, :3].astype(int) - inside).max() <= 6
    area_px = clear[..., 3].sum() / 255
    radius_px = 32 / np.tan(np.radians(20)) * np.tan(np.arcsin(1 / 6))
    assert area_px == pytest.approx(np.pi * radius_px**2, rel=0.01)


def test_alpha_is_nothing_far_away_and_all_on_the_asset():
    clear = film("transparent", mesh=make_sphere(), camera=FRONT, lighting=uniform_lighting(0.5))
    assert (clear[0] == 0).all()
    assert (clear[28:36, 28:36, 3] == 255).all()


def test_glass_lets_the_background_through():
    glass = make_sphere(opacity=0.2, roughness=0.05)
    clear = film("transparent", mesh=glass, camera=FRONT, lighting=uniform_lighting(0.2))
    assert 20 < clear[32, 32, 3] < 120


@pytest.mark.parametrize("preset", LightPreset)
def test_a_light_of_every_name_shows_the_asset_without_burning_it(preset):
    lighting = LIGHT_PRESETS[preset]
    frame = film(
        "light", 48, 8, mesh=make_sphere(base_color=(0.4, 0.4, 0.4)), camera=FRONT, lighting=lighting
    )
    middle = frame[16:32, 16:32, :3].astype(float)
    assert middle.max() < 252 and middle.mean() > 20
    assert np.ptp(middle.mean(axis=-1)) > 8  # it has a shape


def test_twice_the_light_is_twice_as_bright():
    sphere, grey = make_sphere(base_color=(0.1, 0.1, 0.1)), uniform_lighting(0.3)
    once, twice = (
        srgb_to_linear(film("light", mesh=sphere, camera=FRONT, lighting=light)[32, 32, :3] / np.float32(255))
        for light in (grey, grey.brightened(2.0))
    )
    assert (twice > 1.8 * once).all()
    assert linear_to_srgb(twice).max() < 1


@pytest.mark.parametrize("color", ["#12345", "#12345g", "red", ""])
def test_what_is_no_color_is_refused(color):
    with pytest.raises(InvalidRequestError, match="colour"):
        Gradient.from_hex(color)


def test_a_gradient_beyond_the_display_is_refused():
    with pytest.raises(InvalidRequestError, match="within"):
        Gradient((0.0, 0.0, 1.2), (0.0, 0.0, 0.0))
