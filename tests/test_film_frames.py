import dataclasses

import numpy as np
import pytest
import trimesh

from compile.house.categories import CATEGORIES
from compile.house.category import Wish, build_shape
from serve.contracts.errors import CancelledJobError, InvalidRequestError
from serve.contracts.quality import Quality
from serve.fields import mesh_parts
from serve.render import FilmScene, FilmSettings, film_settings, frame_bounds, render_picture
from serve.render.lighting import uniform_lighting
from tests.render_scenes import (
    ABOVE,
    FRONT,
    WHITE,
    make_box,
    make_maps,
    make_mesh,
    make_settings,
    make_sphere,
    make_surface,
    make_wall,
)
from tests.toolboxes import Toolbox


def make_film(size=48, sample_count=4, grain="still", **changes):
    return FilmSettings(make_settings(size, sample_count, **changes), grain)


def bent(mesh, turn=0.8, lean=0.5):
    """The mesh twisted about the vertical, the more the higher, and leant over."""
    x, y, z = mesh.vertices.T.astype(float)
    cosine, sine = np.cos(turn * y), np.sin(turn * y)
    turned = np.stack([cosine * x - sine * z + lean * y, y, sine * x + cosine * z], axis=1)
    return turned.astype(np.float32)


BOUNDS = ((-2.0,) * 3, (2.0,) * 3)


def make_tiles():
    """A sphere that has corners of its own, with glass and a normal map about it."""
    sphere = trimesh.creation.icosphere(subdivisions=3)
    half = sphere.vertices[sphere.faces].mean(axis=1)[:, 0] > 0
    uv = np.arctan2(sphere.vertices[:, [0, 1]], 1.5) + 0.5
    maps = make_maps(
        base_color=[(200, 120, 40), (60, 90, 200)],
        orm=[(255, 70, 30), (255, 150, 0)],
        normal=[(150, 120, 240), (110, 150, 235)],
    )
    mesh = make_mesh((sphere, make_surface(texture=0)), (sphere, make_surface(opacity=0.3, roughness=0.1)))
    count = len(sphere.faces)
    return dataclasses.replace(
        mesh,
        faces=mesh.faces[:count],
        face_part=half.astype(np.int32),
        corner_uv=uv[sphere.faces].astype(np.float32),
        textures=(maps,),
    )


@pytest.mark.parametrize("make", [make_sphere, make_tiles])
def test_a_frame_of_a_mesh_as_it_was_built_is_its_picture(make):
    mesh, film = make(), make_film()
    frame = FilmScene(mesh, film).frame(FRONT, index=0)
    assert frame.dtype == np.uint8 and (frame[..., 3] == 255).all()
    away = np.abs(frame[..., :3].astype(int) - render_picture(mesh, FRONT, film.picture))
    assert away.max() <= 1


@pytest.mark.parametrize("make", [make_sphere, make_tiles])
def test_a_bent_scene_looks_like_one_that_was_built_bent(make):
    mesh, film = make(), make_film()
    vertices = bent(mesh)
    frame = FilmScene(mesh, film, bounds=BOUNDS).frame(FRONT, vertices, index=0)
    rebuilt = FilmScene(dataclasses.replace(mesh, vertices=vertices), film, bounds=BOUNDS).frame(
        FRONT, index=0
    )
    # One ray along an edge that two faces share may meet either.
    assert (np.abs(frame.astype(int) - rebuilt).max(axis=-1) > 1).sum() <= 2
    as_built = FilmScene(mesh, film, bounds=BOUNDS).frame(FRONT, index=0)
    assert np.abs(frame.astype(int) - as_built).max() > 40


def test_a_bent_wall_keeps_the_slope_that_its_normal_map_has():
    tilted = make_maps(normal=[(200, 128, 230)])
    mesh = make_wall(maps=tilted, roughness=0.4)
    vertices = mesh.vertices @ np.array([[0.6, 0.0, -0.8], [0.3, 1.0, 0.2], [0.8, 0.0, 0.6]], np.float32)
    looks = {
        "lighting": dataclasses.replace(uniform_lighting(0.1), sun=WHITE, sun_direction=(0.4, 0.5, 1.0)),
        "bounds": BOUNDS,
    }
    frame = FilmScene(mesh, make_film(), **looks).frame(FRONT, vertices, index=0)
    rebuilt = dataclasses.replace(mesh, vertices=vertices)
    expected = FilmScene(rebuilt, make_film(), **looks).frame(FRONT, index=0)
    np.testing.assert_array_equal(frame, expected)


@pytest.mark.parametrize("grain", ["still", "moving"])
def test_a_frame_is_the_same_alone_and_among_others(grain):
    mesh, film = make_sphere(roughness=0.4), make_film(grain=grain)
    poses = [bent(mesh, turn) for turn in (0.0, 0.4, -1.0)]
    forth, back = FilmScene(mesh, film), FilmScene(mesh, film)
    frames = [forth.frame(FRONT, pose, index=k) for k, pose in enumerate(poses)]
    for k in (2, 0, 1):
        np.testing.assert_array_equal(back.frame(FRONT, poses[k], index=k), frames[k])
    np.testing.assert_array_equal(FilmScene(mesh, film).frame(FRONT, poses[1], index=1), frames[1])


def test_only_moving_grain_changes_between_frames():
    mesh = make_sphere(roughness=0.4)
    still, moving = (FilmScene(mesh, make_film(grain=grain)) for grain in ("still", "moving"))
    np.testing.assert_array_equal(still.frame(FRONT, index=0), still.frame(FRONT, index=9))
    assert not np.array_equal(moving.frame(FRONT, index=0), moving.frame(FRONT, index=9))


def test_the_floor_stays_where_the_film_has_it_when_the_asset_leaves_it():
    plate = make_mesh((make_box(size=(1.0, 0.01, 1.0)), make_surface()))
    lighting = dataclasses.replace(
        uniform_lighting(1e-3), sun=WHITE, sun_direction=(-1.0, 1.0, 0.0), sun_radius_deg=0.2, has_floor=True
    )
    lighting = dataclasses.replace(lighting, backdrop=(0.5,) * 3, backdrop_edge=(0.5,) * 3)
    bounds = ((-0.5, 0.0, -0.5), (0.5, 2.0, 0.5))
    scene = FilmScene(plate, make_film(200), lighting=lighting, bounds=bounds)
    camera = dataclasses.replace(ABOVE, eye=(2.0, 20.0, 0.0), target=(2.0, 0.0, 0.0))
    frame = scene.frame(camera, plate.vertices + np.float32([0.0, 2.0, 0.0]), index=0).astype(int)
    (left, row), (right, _), (open_floor, _) = camera.project(
        [[1.6, 0, 0], [2.4, 0, 0], [3.2, 0, 0]], 200, 200
    )
    lit = frame[round(row), round(open_floor), 0]
    assert frame[round(row), round(left) : round(right), 0].max() < 0.3 * lit


def test_a_mesh_may_leave_the_bounds_and_is_seen():
    mesh, film = make_sphere(), make_film()
    scene = FilmScene(mesh, film, bounds=((-0.1,) * 3, (0.1,) * 3), lighting=uniform_lighting(0.4))
    beside = scene.frame(FRONT, mesh.vertices + np.float32([1.2, 0.0, 0.0]), index=0)
    assert (beside[24, 33:42, :3] != beside[0, 0, :3]).any()


def test_a_film_stops_where_it_is_told_to():
    scene = FilmScene(make_sphere(), film_settings(Quality.HIGH, 512, 512))
    with pytest.raises(CancelledJobError):
        scene.frame(FRONT, index=0, spread=Toolbox(3).spread)


def test_better_tiers_take_more_rays_and_a_request_may_name_its_own():
    counts = [film_settings(quality, 64, 64).picture.sample_count for quality in Quality]
    assert counts == sorted(set(counts))
    assert film_settings(Quality.DRAFT, 64, 48, sample_count=32).picture.sample_count == 32


@pytest.mark.parametrize(
    ("vertices", "told"),
    [
        (np.zeros((3, 3), np.float32), "shape"),
        (np.full((2562, 3), np.nan, np.float32), "not finite"),
    ],
)
def test_vertices_that_cannot_be_a_pose_are_refused(vertices, told):
    with pytest.raises(InvalidRequestError, match=told):
        FilmScene(make_sphere(), make_film()).frame(FRONT, vertices, index=0)


@pytest.mark.parametrize("upper", [(0.0, 0.0, 0.0), (-1.0, 1.0, 1.0), (np.inf, 1.0, 1.0)])
def test_bounds_without_a_size_are_refused(upper):
    with pytest.raises(InvalidRequestError, match="bounds"):
        FilmScene(make_sphere(), make_film(), bounds=((0.0, 0.0, 0.0), upper))


def test_an_unknown_grain_is_refused():
    with pytest.raises(InvalidRequestError, match="grain = 'fine'"):
        make_film(grain="fine")


def test_outlines_get_more_samples_and_nothing_else_does():
    # In even light without a floor nothing is in doubt but the outline.
    wall, even = make_wall(base_color=(0.05, 0.05, 0.05)), dataclasses.replace(uniform_lighting(0.5))
    camera = dataclasses.replace(FRONT, up=(0.15, 1.0, 0.0))

    def frame(sample_count, edge_sample_count):
        settings = make_settings(96, sample_count, shared_jitter=True)
        film = FilmSettings(settings, edge_sample_count=edge_sample_count)
        return FilmScene(wall, film, lighting=even).frame(camera, index=0)[..., 0].astype(float)

    coarse, refined, exact = frame(2, 0), frame(2, 14), frame(256, 0)
    outline = np.abs(exact - exact[0, 0]) * np.abs(exact - exact[48, 48]) > 25.0
    assert outline.sum() > 100
    assert np.abs(refined - exact)[outline].mean() < 0.4 * np.abs(coarse - exact)[outline].mean()
    # Two pixels from it all is as it was.
    far = np.ones_like(outline)
    for row, column in np.argwhere(outline):
        far[max(row - 3, 0) : row + 4, max(column - 3, 0) : column + 4] = False
    np.testing.assert_array_equal(refined[far], coarse[far])
    assert (refined != coarse).any()


def test_a_layered_film_keeps_its_transparency_where_it_is_refined():
    settings = make_settings(64, 2, shared_jitter=True)
    film = FilmSettings(settings, edge_sample_count=30)
    even = uniform_lighting(0.5)
    clear = FilmScene(make_sphere(), film, lighting=even, background="transparent").frame(FRONT, index=0)
    radius_px = 32 / np.tan(np.radians(20)) * np.tan(np.arcsin(1 / 6))
    assert clear[..., 3].sum() / 255 == pytest.approx(np.pi * radius_px**2, rel=0.01)
    edge = (clear[..., 3] > 40) & (clear[..., 3] < 215)
    assert np.abs(clear[edge][:, :3].astype(int) - clear[32, 32, :3]).max() <= 6


def test_specks_of_few_samples_become_fewer_and_the_light_stays():
    shape = build_shape(CATEGORIES["teddy bear"], Wish("teddy bear"), np.random.default_rng(3)).scaled_to(1.0)
    mesh = mesh_parts(shape, resolution=48, poly_count=6_000)

    def frame(edge_sample_count):
        settings = make_settings(192, 2, ambient_sample_count=1, shared_jitter=True)
        film = FilmSettings(settings, edge_sample_count=edge_sample_count)
        return (
            FilmScene(mesh, film).frame(frame_bounds(*mesh.bounds), index=0)[..., :3].sum(axis=-1, dtype=int)
        )

    def speck_count(taken):
        around = [np.roll(taken, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]
        return (taken - np.max(around, axis=0) > 20).sum()

    speckled, calm = frame(0), frame(2)
    assert speck_count(calm) < 0.75 * speck_count(speckled)
    assert calm.mean() == pytest.approx(speckled.mean(), rel=0.01)


@pytest.mark.parametrize("count", [-1, 2000])
def test_an_edge_sample_count_out_of_range_is_refused(count):
    with pytest.raises(InvalidRequestError, match=f"edge_sample_count = {count}"):
        FilmSettings(make_settings(), edge_sample_count=count)
