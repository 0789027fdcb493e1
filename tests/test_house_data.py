"""The generator of training data: shapes, their codes, their captions, and what is held out."""

from __future__ import annotations

import numpy as np
import pytest

from compile.house import outsiders, properties
from compile.house.captions import HELD_OUT_PAIRS, HELD_OUT_TEMPLATES, draw_caption, held_out
from compile.house.categories import CATEGORIES
from compile.house.category import Wish, build_shape
from compile.house.palette import COLOR_WORDS, COLORS
from compile.house.prompts import DEV_PROMPTS, TEST_PROMPTS
from serve.geometry.materials import material_of
from serve.geometry.part_code import decode_parts, encode_parts
from serve.geometry.parts import MAX_PART_COUNT, Part, PartSet

NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight")


def captions(count: int, seed: int, **how):
    rng = np.random.default_rng(seed)
    return [draw_caption(rng, **how) for _ in range(count)]


def described(part: Part):
    """All that a part's code holds, as numbers, and its words."""
    numbers = (
        *part.centre, *part.half_size, *part.rotation[:, 0], *part.rotation[:, 1], *part.color,
        part.rounding, part.taper_x, part.taper_z, part.cut,
    )  # fmt: skip
    return np.array(numbers), (part.role, part.kind, part.material)


@pytest.mark.parametrize("name", CATEGORIES)
def test_every_category_builds_finite_shapes_that_survive_their_code(name):
    rng = np.random.default_rng(31)
    for _ in range(20):
        shape = build_shape(CATEGORIES[name], draw_caption(rng, category=name).wish, rng)
        assert 1 <= len(shape.parts) <= MAX_PART_COUNT
        lower, upper = shape.bounds
        assert float(np.max(upper - lower)) == pytest.approx(2.0)
        code = encode_parts(shape)
        assert np.isfinite(code).all() and float(np.abs(code).max()) < 6.0
        again = decode_parts(code)
        assert len(again.parts) == len(shape.parts)
        for part, back in zip(shape.parts, again.parts, strict=True):
            assert described(back)[1] == described(part)[1]
            np.testing.assert_allclose(described(back)[0], described(part)[0], atol=0.065)


def test_a_wish_and_a_seed_give_one_shape():
    wish = Wish("castle", color="pink", count=3)
    one, same, other = (build_shape(CATEGORIES["castle"], wish, np.random.default_rng(s)) for s in (4, 4, 5))
    assert np.array_equal(encode_parts(one), encode_parts(same))
    assert not np.array_equal(encode_parts(one), encode_parts(other))


def test_captions_state_the_colours_of_their_wishes():
    said = 0
    for caption in captions(1_500, 41):
        for color in (caption.wish.color, *caption.wish.accents):
            if color:
                said += 1
                assert any(word in caption.text.lower() for word in COLOR_WORDS[color]), caption
    assert said > 1_000


def test_captions_state_the_counts_of_their_wishes():
    counted = [caption for caption in captions(2_500, 42) if caption.wish.count is not None]
    assert len(counted) > 100
    for caption in counted:
        number = caption.wish.count
        assert f"{number} " in caption.text or f"{NUMBERS[number]} " in caption.text.lower(), caption


def test_captions_name_the_variants_of_their_wishes():
    for caption in captions(2_000, 43):
        if caption.wish.variant:
            nouns = CATEGORIES[caption.wish.category].variants[caption.wish.variant]
            assert any(noun in caption.text.lower() for noun in nouns), caption


def test_a_seed_gives_the_same_captions_again():
    assert captions(200, 44) == captions(200, 44)
    assert captions(200, 44) != captions(200, 45)


def test_held_out_pairs_are_drawn_only_when_asked_for():
    assert not any(held_out(caption.wish) for caption in captions(4_000, 46))
    assert all(held_out(caption.wish) for caption in captions(60, 46, pairs_held_out=True))
    for name, value in HELD_OUT_PAIRS:
        assert name in CATEGORIES
        assert value in COLORS or material_of(value)


def test_all_categories_are_drawn_about_as_often():
    names = [caption.wish.category for caption in captions(7_800, 47)]
    assert len(set(names)) == len(CATEGORIES)
    assert max(names.count(name) for name in CATEGORIES) < 4 * min(names.count(name) for name in CATEGORIES)


def test_shapes_grant_their_wishes_by_the_evaluations_measures():
    measures = (
        properties.color_granted,
        properties.accents_granted,
        properties.count_granted,
        properties.material_granted,
    )
    rng, names = np.random.default_rng(48), ("chair", "bed", "rocket", "snowman", "lamp", "castle")
    answers = []
    for number in range(120):
        caption = draw_caption(rng, category=names[number % len(names)])
        shape = build_shape(CATEGORIES[caption.wish.category], caption.wish, rng)
        answers += [answer for granted in measures if (answer := granted(shape, caption.wish)) is not None]
    assert len(answers) > 100 and np.mean(answers) >= 0.97


def test_the_measures_see_a_wrong_colour_and_a_wrong_count():
    shape = build_shape(CATEGORIES["stool"], Wish("stool", color="red", count=3), np.random.default_rng(49))
    assert properties.color_granted(shape, Wish("stool", color="red"))
    assert not properties.color_granted(shape, Wish("stool", color="blue"))
    assert properties.count_granted(shape, Wish("stool", count=3))
    assert not properties.count_granted(shape, Wish("stool", count=4))


def test_pieces_are_counted():
    near, far = (Part("body", "box", np.array([x, 0.0, 0.0]), np.full(3, 0.3)) for x in (-0.6, 0.6))
    bridge = Part("rail", "box", np.zeros(3), np.array([0.6, 0.1, 0.1]))
    assert properties.component_count(PartSet((near, far)), 48) == 2
    assert properties.component_count(PartSet((near, far, bridge)), 48) == 1


def test_outsiders_are_no_known_nouns_and_the_tested_ones_are_not_trained_on():
    known = {
        noun
        for c in CATEGORIES.values()
        for noun in (c.name, *c.nouns, *(v for vs in c.variants.values() for v in vs))
    }
    assert len(outsiders.NOUNS) >= 350 and len(outsiders.HELD_OUT_NOUNS) >= 80
    assert not known & {*outsiders.NOUNS, *outsiders.HELD_OUT_NOUNS}
    assert not set(outsiders.NOUNS) & set(outsiders.HELD_OUT_NOUNS)
    assert not set(outsiders.SCENES) & set(outsiders.HELD_OUT_SCENES)
    assert not set(outsiders.NONSENSE) & set(outsiders.HELD_OUT_NONSENSE)


def test_a_stranger_takes_the_place_of_the_known_noun():
    rng = np.random.default_rng(50)
    for _ in range(100):
        text = outsiders.draw_stranger(rng, ("octopus",), frames=HELD_OUT_TEMPLATES)
        assert "octopus" in text.lower() and " a octopus" not in text


def test_free_form_prompts_cover_every_category_and_dev_and_test_share_none():
    assert {prompt.category for prompt in DEV_PROMPTS} == set(CATEGORIES)
    assert {prompt.category for prompt in TEST_PROMPTS} == set(CATEGORIES)
    assert not {prompt.text for prompt in DEV_PROMPTS} & {prompt.text for prompt in TEST_PROMPTS}
