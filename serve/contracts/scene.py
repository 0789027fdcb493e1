"""A scene that can be simulated: objects, how they stand to each other, joints, surroundings and time.

Metres, kilograms, seconds, Y up; rotations are unit quaternions x, y, z, w. What a scene leaves open (a
place, a size, a material) `serve.scenes` settles before anything is simulated.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from serve.contracts.artifacts import Digest
from serve.contracts.requests import Number, Text, Truth, json_number

__all__ = [
    "Environment",
    "Joint",
    "JointKind",
    "ObjectKind",
    "Pinned",
    "Relation",
    "RelationKind",
    "Scene",
    "SceneObject",
    "Shape",
    "Simulation",
    "Solver",
]

MAX_OBJECT_COUNT = 256
MAX_RELATION_COUNT = 1024
MAX_JOINT_COUNT = 256
MAX_SCENE_DURATION_S = 60.0
MAX_SCENE_FRAME_COUNT = 3600
MAX_PARTICLE_COUNT = 1_000_000
_UNIT_TOLERANCE = 1e-3


class ObjectKind(StrEnum):
    """What an object is made of, mechanically; `articulated` is a rigid body that a joint holds."""

    RIGID_BODY = "rigid_body"
    SOFT_BODY = "soft_body"
    FLUID = "fluid"
    CLOTH = "cloth"
    GRANULAR = "granular"
    ARTICULATED = "articulated"


class Shape(StrEnum):
    """A form that fills its dimensions; `mesh` is an asset, `prompt` is made by text-to-3d first."""

    SPHERE = "sphere"
    CUBE = "cube"
    CYLINDER = "cylinder"
    CAPSULE = "capsule"
    CONE = "cone"
    PLANE = "plane"
    CUP = "cup"
    TUB = "tub"
    FUNNEL = "funnel"
    RAMP = "ramp"
    MESH = "mesh"
    PROMPT = "prompt"


class RelationKind(StrEnum):
    """How a subject stands to its target; left is -X, right +X, in front +Z, behind -Z."""

    ON_TOP_OF = "on_top_of"
    INSIDE = "inside"
    ABOVE = "above"
    BELOW = "below"
    LEFT_OF = "left_of"
    RIGHT_OF = "right_of"
    IN_FRONT_OF = "in_front_of"
    BEHIND = "behind"
    NEXT_TO = "next_to"
    BETWEEN = "between"
    LEANING_ON = "leaning_on"
    HANGING_FROM = "hanging_from"


class JointKind(StrEnum):
    """What a joint leaves free; a `rope` keeps two points at most its length apart."""

    FIXED = "fixed"
    HINGE = "hinge"
    BALL = "ball"
    SLIDER = "slider"
    ROPE = "rope"
    SPRING = "spring"


class Pinned(StrEnum):
    """Where a cloth is held."""

    NONE = "none"
    CORNERS = "corners"
    EDGE = "edge"


class Solver(StrEnum):
    """Who computes the motion; `auto` chooses by what the scene holds, and the report says which."""

    AUTO = "auto"
    XPBD = "xpbd"
    MUJOCO = "mujoco"
    VBD = "vbd"
    MPM = "mpm"
    PBF = "pbf"


def _unit(rotation: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    length = sum(part * part for part in rotation) ** 0.5
    if abs(length - 1.0) > _UNIT_TOLERANCE:
        raise ValueError(f"{list(rotation)} has length {length:g}; a rotation is x, y, z, w of length 1")
    return rotation


def _with_direction(axis: tuple[float, float, float]) -> tuple[float, float, float]:
    if not any(axis):
        raise ValueError("[0, 0, 0] has no direction; [0, 1, 0] is upwards")
    return axis


Place = Annotated[float, Field(ge=-1000, le=1000), BeforeValidator(json_number)]
Extent = Annotated[float, Field(ge=0.001, le=100), BeforeValidator(json_number)]
Speed = Annotated[float, Field(ge=-200, le=200), BeforeValidator(json_number)]
Spin = Annotated[float, Field(ge=-500, le=500), BeforeValidator(json_number)]
Turn = Annotated[float, Field(ge=-1, le=1), BeforeValidator(json_number)]
Rotation = Annotated[tuple[Turn, Turn, Turn, Turn], AfterValidator(_unit)]
Axis = Annotated[tuple[Turn, Turn, Turn], AfterValidator(_with_direction)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Color = Annotated[str, Field(pattern="^#[0-9A-Fa-f]{6}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SceneObject(_Part):
    """Something in a scene."""

    name: Name = Field(description="Unique in the scene")
    kind: ObjectKind = Field(ObjectKind.RIGID_BODY, description="What it is, mechanically")
    shape: Shape = Field(Shape.CUBE, description="Its form")
    dimensions_m: tuple[Extent, Extent, Extent] | None = Field(
        None,
        description="Width, height and depth of the box that it fills, unturned; left open: what is usual",
    )
    wall_m: Annotated[float, Field(ge=0.0005, le=1), BeforeValidator(json_number)] | None = Field(
        None, description="How thick the wall of a cup, tub or funnel is; left open: by its size"
    )
    asset: Digest | None = Field(None, description="Digest of the mesh, for the shape mesh")
    prompt: Text | None = Field(None, description="What to make, for the shape prompt")
    material: Name | None = Field(None, description="A row of the materials; left open: what is usual")
    mass_kg: Annotated[float, Field(gt=0, le=1e6), BeforeValidator(json_number)] | None = Field(
        None, description="Instead of volume times density"
    )
    color: Color | None = Field(None, description="sRGB, such as #c0d8ff; left open: the material's")
    position_m: tuple[Place, Place, Place] | None = Field(
        None, description="Of the middle of its box; left open: placed by its relations"
    )
    rotation: Rotation | None = Field(None, description="Quaternion x, y, z, w; left open: upright")
    velocity_m_s: tuple[Speed, Speed, Speed] = Field((0.0, 0.0, 0.0), description="At the start")
    angular_velocity_rad_s: tuple[Spin, Spin, Spin] = Field(
        (0.0, 0.0, 0.0), description="At the start, about the world's axes"
    )
    is_fixed: Truth = Field(False, description="Whether it never moves")
    height_m: Annotated[float, Field(ge=0, le=100), BeforeValidator(json_number)] | None = Field(
        None, description="How high it starts above what is under it, without a position_m: what falls"
    )
    pinned: Pinned = Field(Pinned.NONE, description="Where a cloth is held")

    @model_validator(mode="after")
    def _has_its_source(self) -> SceneObject:
        for field, shape in (("asset", Shape.MESH), ("prompt", Shape.PROMPT)):
            if (getattr(self, field) is not None) != (self.shape is shape):
                raise ValueError(f"shape {shape.value} and {field} belong together: give both or neither")
        return self

    @model_validator(mode="after")
    def _is_held_as_cloth(self) -> SceneObject:
        if self.pinned is not Pinned.NONE and self.kind is not ObjectKind.CLOTH:
            raise ValueError(f"pinned is for cloth, and {self.name} is {self.kind.value}")
        return self


class Relation(_Part):
    """How one object stands to another at the start."""

    kind: RelationKind = Field(description="How the subject stands to the target")
    subject: Name = Field(description="Name of the object that is placed")
    target: Name = Field(description="Name of the object that it is placed by")
    second_target: Name | None = Field(None, description="The other one, for between")
    distance_m: Annotated[float, Field(ge=0, le=100), BeforeValidator(json_number)] | None = Field(
        None, description="Free space between them; left open: what is usual"
    )

    @model_validator(mode="after")
    def _names_its_targets(self) -> Relation:
        if (self.kind is RelationKind.BETWEEN) != (self.second_target is not None):
            raise ValueError("between and second_target belong together: give both or neither")
        if self.subject in (self.target, self.second_target):
            raise ValueError(f"{self.subject} cannot be {self.kind.value} itself")
        return self


class Joint(_Part):
    """Holds an object to another, or to the world."""

    kind: JointKind = Field(description="What it leaves free")
    body: Name = Field(description="Name of the object that is held")
    parent: Name | None = Field(None, description="Name of the object that holds it; left open: the world")
    anchor_m: tuple[Place, Place, Place] | None = Field(
        None, description="Where, in the world at the start; left open: length_m above the body's middle"
    )
    axis: Axis = Field((0.0, 0.0, 1.0), description="Of a hinge or slider, in the world at the start")
    length_m: Extent | None = Field(None, description="Of a rope, or of a spring at rest, or of a pendulum")
    angle_deg: Annotated[float, Field(ge=-179, le=179), BeforeValidator(json_number)] = Field(
        0.0, description="How far the body is swung out at the start, about the axis, from hanging straight"
    )
    stiffness_n_m: Annotated[float, Field(gt=0, le=1e8), BeforeValidator(json_number)] | None = Field(
        None, description="Of a spring"
    )
    damping_n_s_m: Number = Field(0.0, ge=0, le=1e6, description="Of a spring")


class Environment(_Part):
    """What surrounds the objects."""

    gravity_m_s2: tuple[Speed, Speed, Speed] = Field((0.0, -9.81, 0.0), description="Acceleration")
    has_floor: Truth = Field(True, description="Whether there is ground at Y = 0")
    floor_material: Name = Field("concrete", description="A row of the materials")
    walls_m: tuple[Extent, Extent, Extent] | None = Field(
        None, description="Inner width, height and depth of walls around the origin; left open: none"
    )
    wind_m_s: tuple[Speed, Speed, Speed] = Field((0.0, 0.0, 0.0), description="Of the air, everywhere")


class Simulation(_Part):
    """How long, and how finely."""

    duration_s: Number = Field(4.0, ge=0.05, le=MAX_SCENE_DURATION_S, description="Seconds")
    timestep_s: Annotated[float, Field(ge=1e-5, le=0.05), BeforeValidator(json_number)] | None = Field(
        None, description="Of a step of the solver; left open: by stiffness and speed"
    )
    fps: Number = Field(30.0, ge=1, le=240, description="States kept for each second")
    solver: Solver = Field(Solver.AUTO, description="Who computes the motion")
    particle_spacing_m: Annotated[float, Field(ge=0.001, le=1), BeforeValidator(json_number)] | None = Field(
        None, description="Of fluid and grains; left open: by their volume"
    )

    @property
    def frame_count(self) -> int:
        """How many states are kept, the first at time 0."""
        return max(2, round(self.fps * self.duration_s) + 1)

    @model_validator(mode="after")
    def _is_within_limits(self) -> Simulation:
        if self.frame_count > MAX_SCENE_FRAME_COUNT:
            raise ValueError(
                f"fps {self.fps:g} for {self.duration_s:g} s is {self.frame_count:,} states; the limit is "
                f"{MAX_SCENE_FRAME_COUNT:,}: ask for fewer or shorter"
            )
        return self


class Scene(_Part):
    """Objects in their surroundings."""

    objects: tuple[SceneObject, ...] = Field((), max_length=MAX_OBJECT_COUNT, description="What is there")
    relations: tuple[Relation, ...] = Field(
        (), max_length=MAX_RELATION_COUNT, description="How the objects stand to each other at the start"
    )
    joints: tuple[Joint, ...] = Field((), max_length=MAX_JOINT_COUNT, description="What holds them")
    environment: Environment = Field(default_factory=Environment, description="What surrounds them")
    simulation: Simulation = Field(default_factory=Simulation, description="How long, and how finely")

    @model_validator(mode="after")
    def _names_what_is_there(self) -> Scene:
        names = [thing.name for thing in self.objects]
        known = set(names)
        if len(known) != len(names):
            twice = sorted({name for name in names if names.count(name) > 1})[0]
            raise ValueError(f"objects: two are called {twice!r}; give each a name of its own")
        named: dict[str, tuple[str | None, ...]] = {
            f"relations.{i}": (row.subject, row.target, row.second_target)
            for i, row in enumerate(self.relations)
        }
        named |= {f"joints.{i}": (row.body, row.parent) for i, row in enumerate(self.joints)}
        for where, wanted in named.items():
            if unknown := [name for name in wanted if name is not None and name not in known]:
                raise ValueError(f"{where}: there is no object {unknown[0]!r}; there are {sorted(known)}")
        return self
