import dataclasses

import numpy as np
import pytest
import trimesh

from serve.contracts.errors import InvalidRequestError
from serve.contracts.video import LightPreset
from serve.render import (
    LIGHT_PRESETS,
    Camera,
    CrowdScene,
    Environment,
    EnvironmentLighting,
    FilmScene,
    FilmSettings,
)
from serve.render.crowd import join_meshes
from tests.render_scenes import make_box, make_maps, make_mesh, make_settings, make_surface, make_wall

CAMERA = Camera(eye=(3.0, 4.0, 8.0), target=(0.0, 0.8, 0.0), up=(0.0, 1.0, 0.0), fov_deg=40.0)
BOUNDS = ((-3.0, -0.2, -3.0), (3.0, 3.0, 3.0))
STILL = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)


def make_ball():
    ball = trimesh.creation.icosphere(subdivisions=3, radius=0.5)
    ball.apply_translation((0.2, 0.0, 0.0))  # about which it does not turn
    return make_mesh((ball, make_surface((0.7, 0.1, 0.1), roughness=0.3)))


def make_jar():
    """A solid lid on a glass body."""
    glass = trimesh.creation.cylinder(radius=0.4, height=0.8, sections=32)
    return make_mesh(
        (
            make_box(at=(0.0, 0.0, 0.5), size=(0.5, 0.5, 0.2)),
            make_surface((0.2, 0.4, 0.8), metallic=1.0, roughness=0.2),
        ),
        (glass, make_surface((0.9, 0.95, 0.9), opacity=0.3, roughness=0.05)),
    )


def make_tile():
    maps = make_maps(
        [(230, 180, 40), (40, 90, 200)], [(255, 60, 0), (200, 180, 200)], [(170, 128, 235), (128, 90, 235)]
    )
    return make_wall(maps=maps, roughness=0.5)


MESHES = (make_ball(), make_jar(), make_tile())
BODIES = (0, 1, 2, 0, 1)


def make_poses(seed=0):
    rng = np.random.default_rng(seed)
    places = rng.uniform((-1.8, 0.4, -1.5), (1.8, 2.0, 1.5), (len(BODIES), 3))
    return np.concatenate([places, rng.normal(size=(len(BODIES), 4))], axis=1)


def rotated(vectors, quaternion):
    x, y, z, w = np.asarray(quaternion) / np.linalg.norm(quaternion)
    axis, vectors = np.array([x, y, z]), vectors.astype(float)
    across = 2.0 * np.cross(axis, vectors)
    return vectors + w * across + np.cross(axis, across)


def baked(poses):
    """The crowd as one mesh in the world."""
    return join_meshes(
        [
            dataclasses.replace(
                MESHES[body],
                vertices=(rotated(MESHES[body].vertices, pose[3:]) + pose[:3]).astype(np.float32),
            )
            for body, pose in zip(BODIES, poses, strict=True)
        ]
    )


def make_settings_of(size=64, sample_count=8):
    return FilmSettings(make_settings(size, sample_count, shared_jitter=True))


def make_sky():
    picture = np.random.default_rng(3).gamma(0.4, 1.0, (16, 32, 3))
    return EnvironmentLighting(
        Environment.from_picture(picture), floor=(0.5,) * 3, backdrop=((0.4,) * 3,) * 2
    )


@pytest.mark.parametrize(
    "lighting", [LIGHT_PRESETS[LightPreset.STUDIO], LIGHT_PRESETS[LightPreset.NIGHT], make_sky()]
)
def test_bodies_in_their_poses_look_like_one_mesh_of_them(lighting):
    poses, settings = make_poses(), make_settings_of()
    crowd = CrowdScene(MESHES, BODIES, settings, bounds=BOUNDS, lighting=lighting)
    frame = crowd.frame(CAMERA, poses, index=0).astype(int)
    expected = FilmScene(baked(poses), settings, bounds=BOUNDS, lighting=lighting).frame(CAMERA, index=0)
    away = np.abs(frame - expected).max(axis=-1)
    # Rays that just touch or just miss an edge part ways.
    assert (away > 2).mean() < 0.001
    assert away.mean() < 0.02


def test_one_body_at_rest_is_the_mesh_itself():
    settings = make_settings_of()
    crowd = CrowdScene([make_jar()], [0], settings, bounds=BOUNDS)
    expected = FilmScene(make_jar(), settings, bounds=BOUNDS).frame(CAMERA, index=0).astype(int)
    assert np.abs(crowd.frame(CAMERA, np.array([STILL]), index=0) - expected).max() <= 1


def test_a_frame_of_bodies_is_the_same_alone_and_among_others():
    settings = make_settings_of(48, 2)
    first = CrowdScene(MESHES, BODIES, settings, bounds=BOUNDS)
    frames = [first.frame(CAMERA, make_poses(seed), index=seed) for seed in range(3)]
    for seed in (2, 0):
        alone = CrowdScene(MESHES, BODIES, settings, bounds=BOUNDS)
        np.testing.assert_array_equal(alone.frame(CAMERA, make_poses(seed), index=seed), frames[seed])
        np.testing.assert_array_equal(first.frame(CAMERA, make_poses(seed), index=seed), frames[seed])


def test_bodies_may_bend_while_they_move():
    settings, poses = make_settings_of(), make_poses()
    crowd = CrowdScene(MESHES, BODIES, settings, bounds=BOUNDS)
    bent = np.concatenate([mesh.vertices * np.float32([1.3, 0.8, 1.0]) for mesh in MESHES])
    frame = crowd.frame(CAMERA, poses, bent, index=0).astype(int)
    ends = np.cumsum([len(mesh.vertices) for mesh in MESHES])[:-1]
    meshes = [
        dataclasses.replace(mesh, vertices=vertices)
        for mesh, vertices in zip(MESHES, np.split(bent, ends), strict=True)
    ]
    rebuilt = CrowdScene(meshes, BODIES, settings, bounds=BOUNDS).frame(CAMERA, poses, index=0)
    assert (np.abs(frame - rebuilt).max(axis=-1) > 2).mean() < 0.001


def test_many_bodies_share_one_mesh():
    places = np.array([[x, 0.0, z] for x in np.linspace(-2, 2, 20) for z in np.linspace(-2, 2, 20)])
    poses = np.concatenate([places, np.tile([0.0, 0.0, 0.0, 1.0], (400, 1))], axis=1)
    small = make_mesh((make_box(size=(0.15, 0.15, 0.15)), make_surface((0.0, 0.0, 0.0))))
    above = Camera(eye=(0.0, 12.0, 0.0), target=(0.0, 0.0, 0.0), up=(0.0, 0.0, -1.0), fov_deg=24.0)
    crowd = CrowdScene([small], [0] * 400, make_settings_of(100, 4), bounds=BOUNDS, background="transparent")
    alpha = crowd.frame(above, poses, index=0)[..., 3] / 255.0
    columns, rows = above.project(places, 100, 100).astype(int).T
    assert (alpha[rows, columns] > 0.95).all()


@pytest.mark.parametrize(
    ("poses", "told"),
    [
        (np.zeros((2, 7)), "shape"),
        (np.array([STILL, STILL, (np.nan, *STILL[1:]), STILL, STILL]), "body 2 is .nan"),
        (np.array([STILL, (0.0, 1e39, *STILL[2:]), STILL, STILL, STILL]), "body 1 is .0.0, 1e.39"),
        (np.zeros((5, 7)), "rotation of body 0"),
    ],
)
def test_poses_that_place_nothing_are_refused(poses, told):
    crowd = CrowdScene(MESHES, BODIES, make_settings_of(32, 1), bounds=BOUNDS)
    with pytest.raises(InvalidRequestError, match=told):
        crowd.frame(CAMERA, poses, index=0)


def test_a_mesh_takes_no_texture_of_another():
    greedy = dataclasses.replace(make_tile(), surfaces=(make_surface(texture=1),))
    with pytest.raises(InvalidRequestError, match="names texture 1 of 1"):
        CrowdScene([greedy, make_tile()], [0, 1], make_settings_of(32, 1), bounds=BOUNDS)


@pytest.mark.parametrize("bodies", [(), (3,), (-1,)])
def test_bodies_without_a_mesh_are_refused(bodies):
    with pytest.raises(InvalidRequestError, match="bodies"):
        CrowdScene(MESHES, bodies, make_settings_of(), bounds=BOUNDS)
