"""The committed classifier of prompts, asked as the service asks it."""

from __future__ import annotations

import asyncio
import json

import numpy as np
import pytest
from tokenizers import Tokenizer

from compile.house.categories import CATEGORIES
from compile.house.category_table import categories_json
from compile.house.palette import COLOR_WORDS as PALETTE_WORDS
from serve.engines.onnx import EngineOnnx
from serve.models.minilm_text import MINILM_TEXT
from serve.models.prompt_domain import (
    CATEGORIES_PATH,
    CATEGORY_FACTS,
    CATEGORY_LENGTHS_M,
    CATEGORY_NAMES,
    COLOR_WORDS,
    PROMPT_DOMAIN,
)
from serve.models.spec import MODEL_REPOSITORY

KNOWN = {
    "a red chair": "chair",
    "Please make a wooden table with black legs.": "table",
    "grey couch for the living room": "sofa",
    "barstool": "stool",
    "a tall pine tree": "tree",
    "cottage with a red roof": "house",
    "spaceship": "rocket",
    "school bus": "bus",
    "fire engine": "truck",
    "a cute puppy": "dog",
    "pirate ship with white sails": "boat",
    "3-tier wedding cake": "cake",
    "birthday present with a gold ribbon": "gift box",
    "a golden trophy": "trophy",
    "low poly castle with four towers": "castle",
    "bicycle": "bicycle",
    "knight's sword": "sword",
    "a blue teapot": "teapot",
    "old steam locomotive": "train",
    "penguin": "penguin",
    "acoustic guitar": "guitar",
    "wizard hat": "hat",
    "the mug with a yellow handle": "mug",
    "treasure chest": "treasure chest",
}
UNKNOWN = (
    "an elephant",
    "a silver laptop",
    "smartphone",
    "a wooden violin",
    "a great white shark",
    "the golden gate bridge",
    "pizza with cheese",
    "a brown horse",
    "a fire-breathing dragon",
    "an old man",
    "a washing machine",
    "motorcycle",
    "running shoes",
    "a human skull",
    "freedom",
    "asdfgh",
    "quarterly revenue report",
    "what is the capital of France?",
    "two chairs",
    "a chair on a table",
    "a city street",
    "a cat and a dog",
    "solar panel",
    "red",
)


@pytest.fixture(scope="module")
def engine():
    engine = EngineOnnx(thread_count=1)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def logits_of(engine):
    """Asks for the logits of texts, float32 [N, categories + 1]."""
    tokenizer = Tokenizer.from_file(str(MODEL_REPOSITORY / MINILM_TEXT.name / "tokenizer.json"))

    async def ask(texts):
        encodings = tokenizer.encode_batch(list(texts))
        inputs = {
            "input_ids": np.array([encoding.ids for encoding in encodings]),
            "attention_mask": np.array([encoding.attention_mask for encoding in encodings]),
        }
        pooled = (await engine.infer(MINILM_TEXT, inputs))["pooled"]
        return (await engine.infer(PROMPT_DOMAIN, {"pooled": pooled}))["category_logits"]

    return lambda texts: asyncio.run(ask(texts))


def names(logits):
    return [(*CATEGORY_NAMES, "none")[index] for index in logits.argmax(axis=1)]


def test_known_things_are_accepted_with_their_category(logits_of):
    chosen = names(logits_of(KNOWN))
    wrong = [(text, name) for text, name in zip(KNOWN, chosen, strict=True) if KNOWN[text] != name]
    assert len(wrong) <= 1, wrong


def test_unknown_things_scenes_and_nonsense_are_none_of_these(logits_of):
    chosen = names(logits_of(UNKNOWN))
    wrong = [(text, name) for text, name in zip(UNKNOWN, chosen, strict=True) if name != "none"]
    assert len(wrong) <= 2, wrong


def test_a_prompt_has_the_same_logits_whatever_its_mates(logits_of):
    together = logits_of(KNOWN)
    for row, text in ((0, "a red chair"), (3, "barstool")):
        np.testing.assert_array_equal(logits_of([text])[0], together[row])


def test_the_committed_evaluation_reaches_the_promise():
    results = json.loads((MODEL_REPOSITORY / "prompt_domain" / "evaluation.json").read_text())
    assert results["unseen frames"] >= 0.97
    assert results["free-form test"] >= 0.85
    assert results["unseen things"] >= 0.90
    assert results["auroc unseen things"] >= 0.98


def test_the_committed_table_is_the_generated_one():
    assert CATEGORIES_PATH.read_text(encoding="utf-8") == categories_json()


def test_the_service_names_the_categories_as_the_generator_does():
    assert tuple(CATEGORIES) == CATEGORY_NAMES == tuple(sorted(CATEGORY_NAMES))
    assert PROMPT_DOMAIN.outputs[0].shape == (len(CATEGORY_NAMES) + 1,)
    assert CATEGORY_LENGTHS_M["car"] == CATEGORIES["car"].longest_m
    assert all(0.05 < length < 20.0 for length in CATEGORY_LENGTHS_M.values())
    assert dict(COLOR_WORDS) == PALETTE_WORDS


def test_the_facts_of_a_category_are_those_of_the_generator():
    sofa = next(facts for facts in CATEGORY_FACTS if facts.name == "sofa")
    assert sofa.nouns[0] == "sofa" and "couch" in sofa.nouns
    assert sofa.count is not None
    assert (sofa.count.noun, sofa.count.lowest, sofa.count.highest) == ("seats", 2, 4)
    assert sofa.accents == (("cushions", "seats", "pillows"),)
    assert next(facts for facts in CATEGORY_FACTS if facts.name == "anvil").count is None
