"""Requests of films as Hypothesis draws them; each is one that the service takes."""

from hypothesis import strategies as st

from serve.contracts.camera import CameraMove, Easing
from serve.contracts.quality import Quality
from serve.contracts.video import CONTAINERS, TRANSPARENT_CODECS, Codec, Container, LightPreset, MotionPreset
from tests.request_strategies import of_every_job, texts

__all__ = ["films"]

digests = st.text("0123456789abcdef", min_size=64, max_size=64)
colors = st.from_regex("#[0-9A-Fa-f]{6}", fullmatch=True)
coordinates = st.integers(-100, 100) | st.floats(-1e4, 1e4)


def words(kind, *without):
    return st.sampled_from([member.value for member in kind if member not in without])


@st.composite
def cameras(draw):
    move = draw(words(CameraMove))
    path = draw(
        st.fixed_dictionaries(
            {"move": st.just(move)},
            optional={
                "azimuth_deg": st.integers(-360, 360),
                "elevation_deg": st.floats(-89, 89),
                "turns": st.floats(-20, 20),
                "easing": words(Easing),
                "even_speed": st.booleans(),
            },
        )
    )
    if move == "keyframes":
        times = draw(st.lists(st.integers(0, 120), min_size=2, max_size=5, unique=True))
        places = st.tuples(coordinates, coordinates)
        targets = st.tuples(st.floats(-9, 0), coordinates, coordinates).map(list)
        path["keys"] = [
            {
                "time_s": time,
                "eye": [number, *draw(places)],  # never where it was before, which even_speed refuses
                "target": draw(targets),
                "roll_deg": draw(st.integers(-9, 9)),
            }
            for number, time in enumerate(sorted(times), 1)
        ]
    return path


@st.composite
def motions(draw):
    preset = draw(words(MotionPreset))
    recorded = {"bvh": draw(digests)} if preset == "bvh" else {}
    turns = {} if preset in ("none", "spin") else {"turns": draw(st.integers(-20, 20))}
    return {"preset": preset, "speed": draw(st.floats(0.1, 10)), **turns, **recorded}


@st.composite
def looks(draw):
    """Codec, container and background, which must go together."""
    codec = draw(st.sampled_from(Codec))
    container = draw(st.sampled_from([Container.AUTO, *CONTAINERS[codec]]))
    clear = codec in TRANSPARENT_CODECS and container is not Container.MP4
    kinds = ["light", "color", "gradient", *(["transparent"] if clear else [])]
    background = {"kind": draw(st.sampled_from(kinds))}
    if background["kind"] in ("color", "gradient"):
        background["color"] = draw(colors)
    if background["kind"] == "gradient":
        background["color_end"] = draw(colors)
    return {"codec": codec.value, "container": container.value, "background": background}


lights = st.fixed_dictionaries(
    {},
    optional={
        "preset": words(LightPreset),
        "environment": digests,
        "rotation_deg": st.floats(-360, 360),
        "intensity": st.floats(0.01, 100),
    },
)
wishes = st.fixed_dictionaries(
    {"prompt": texts.filter(str.strip)},
    optional={
        "quality": words(Quality),
        "poly_count": st.integers(100, 500_000),
        "seed": st.integers(-1, 99),
    },
)
subjects = st.fixed_dictionaries({"asset": digests}) | st.fixed_dictionaries({"text_to_3d": wishes})
_others = st.fixed_dictionaries(
    {},
    optional={
        "quality": words(Quality),
        "width": st.integers(16, 640),
        "height": st.integers(16, 640),
        "fps": st.floats(1, 120) | st.integers(1, 120),
        "duration_s": st.floats(0.03, 3),  # 360 frames, which may all be as large as the best quality's
        "sample_count": st.integers(1, 1024),
        "camera": cameras(),
        "motion": motions(),
        "light": lights,
        **of_every_job,
    },
)
films = st.builds(
    lambda *fields: dict(pair for part in fields for pair in part.items()), subjects, looks(), _others
)
