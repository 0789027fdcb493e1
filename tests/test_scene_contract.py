"""What a scene may say, and what it is told when it says something else."""

import pytest
from pydantic import ValidationError

from serve.contracts.errors import InvalidRequestError
from serve.contracts.scene import Scene
from serve.physics.materials import Material, material, materials

BALL = {"name": "ball", "shape": "sphere", "dimensions_m": [0.2, 0.2, 0.2]}
FLOOR = {"name": "crate"}


def test_a_scene_goes_through_json_unchanged():
    scene = Scene.model_validate(
        {
            "objects": [BALL, FLOOR],
            "relations": [{"kind": "on_top_of", "subject": "ball", "target": "crate"}],
            "joints": [{"kind": "rope", "body": "ball", "length_m": 1.0}],
        }
    )
    assert Scene.model_validate_json(scene.model_dump_json()) == scene


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"objects": [BALL | {"mass_kg": -1}]}, "greater than 0"),
        ({"objects": [BALL, BALL]}, "two are called 'ball'"),
        ({"objects": [BALL | {"dimensions_m": [0.2, 0, 0.2]}]}, "0.001"),
        ({"objects": [BALL | {"shape": "mesh"}]}, "mesh and asset belong together"),
        ({"objects": [BALL | {"prompt": "a chair"}]}, "prompt and prompt belong together"),
        ({"objects": [BALL | {"rotation": [0, 0, 0, 0.5]}]}, "of length 1"),
        ({"objects": [BALL | {"pinned": "edge"}]}, "pinned is for cloth"),
        ({"objects": [BALL | {"is_fixed": "yes"}]}, "true or false"),
        ({"objects": [BALL], "joints": [{"kind": "rope", "body": "bell"}]}, "no object 'bell'"),
        (
            {"objects": [BALL], "relations": [{"kind": "above", "subject": "ball", "target": "ball"}]},
            "cannot be above itself",
        ),
        (
            {
                "objects": [BALL, FLOOR],
                "relations": [{"kind": "between", "subject": "ball", "target": "crate"}],
            },
            "second_target",
        ),
        ({"simulation": {"timestep_s": 0.2}}, "0.05"),
        ({"simulation": {"duration_s": 60, "fps": 240}}, "the limit is 3,600"),
        (
            {"joints": [{"kind": "hinge", "body": "ball", "axis": [0, 0, 0]}], "objects": [BALL]},
            "no direction",
        ),
    ],
)
def test_what_no_scene_can_be_is_refused(fields, says):
    with pytest.raises(ValidationError, match=says):
        Scene.model_validate(fields)


def test_every_material_is_within_the_bounds_of_real_ones():
    for row in materials().values():
        assert 0.5 <= row.density_kg_m3 <= 23_000, row.name
        assert 0 <= row.friction <= 1.5, row.name
        assert 0 <= row.restitution < 1, row.name
        assert 0 <= row.poisson < 0.5, row.name
        assert 0 <= row.young_pa <= 1.3e12, row.name
        assert len(row.color) == 7 and int(row.color[1:], 16) >= 0, row.name
        assert row.source and isinstance(row, Material), row.name


def test_an_unknown_material_is_told_which_there_are():
    with pytest.raises(InvalidRequestError, match=r"no 'cheese'; there are .*steel, .*wood"):
        material("cheese")
