"""The documents say what the code has."""

import re
from pathlib import Path

import pytest

from serve.contracts.errors import ERRORS
from serve.contracts.quality import TIERS
from serve.contracts.video import FILM_SIDES_PX
from serve.formats import FORMATS
from serve.operations import OPERATIONS
from serve.render.film_settings import FILM_SAMPLE_COUNTS
from serve.settings import Settings
from serve.stages import STAGES
from serve.telemetry.metrics import METRICS

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def read():
    return lambda name: (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented(name, read):
    assert f"`GALATEA_{name.upper()}`" in read("README.md")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_is_documented(operation, read):
    assert f"`POST {operation.path}`" in read("README.md")


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric._name)
def test_every_metric_is_documented_with_its_labels(metric, read):
    rows = read("ARCHITECTURE.md").splitlines()
    (row,) = [line for line in rows if re.match(rf"\| `{metric._name}(_total)?` \|", line)]
    _, kind, labels, meaning = (cell.strip() for cell in row.strip("|").split("|"))
    assert (kind, meaning) == (metric._type, metric._documentation)
    assert re.findall(r"`(\w+)`", labels) == list(metric._labelnames)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_field_of_a_request_is_documented(operation, read):
    text = read("README.md")
    assert [name for name in sorted(operation.request.model_fields) if f"`{name}`" not in text] == []


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.ext)
def test_every_format_is_documented(row, read):
    assert f"`{row.ext}`" in read("README.md")


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.code)
def test_every_error_is_documented_with_its_statuses(kind, read):
    row = next(line for line in read("ARCHITECTURE.md").splitlines() if line.startswith(f"| `{kind.code}` |"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    expected = [f"`{kind.code}`", str(kind.http_status), kind.grpc_status, "yes" if kind.retryable else "no"]
    assert cells[:4] == expected
    assert cells[4] == str(kind.exit_code)


@pytest.mark.parametrize("name", STAGES)
def test_every_stage_is_in_the_architecture(name, read):
    assert f"`{name}`" in read("ARCHITECTURE.md")


@pytest.mark.parametrize("quality", TIERS, ids=lambda quality: quality.value)
def test_the_table_of_films_is_the_codes(quality, read):
    row = next(
        line for line in read("docs/films.md").splitlines() if line.startswith(f"| `{quality.value}` |")
    )
    numbers = [int(cell.replace(",", "")) for cell in row.split("|")[2:-1]]
    assert numbers == [FILM_SIDES_PX[quality], *FILM_SAMPLE_COUNTS[quality]]


@pytest.mark.parametrize("quality", TIERS, ids=lambda quality: quality.value)
def test_the_tiers_table_is_the_codes(quality, read):
    tier = TIERS[quality]
    row = next(line for line in read("README.md").splitlines() if line.startswith(f"| `{quality.value}` |"))
    numbers = [int(cell.replace(",", "")) for cell in row.split("|")[2:-1]]
    assert numbers == [
        tier.step_count,
        tier.resolution,
        tier.max_face_count,
        tier.texture_size,
        tier.max_texture_size,
        tier.sample_count,
        tier.picture_size,
        tier.turntable_size,
    ]


def test_the_index_of_decisions_names_each_by_its_title(read):
    records = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    titles = [path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for path in records]
    assert [int(title.partition(". ")[0]) for title in titles] == list(range(1, len(records) + 1))
    wanted = [f"[{title}]({path.name})" for title, path in zip(titles, records, strict=True)]
    assert re.findall(r"^- (\[.+?\]\(.+?\))", read("docs/decisions/README.md"), re.M) == wanted


def test_every_link_into_the_repository_leads_somewhere(read):
    for document in [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("benchmarks/*.md"),
        *ROOT.glob("helm/*/*.md"),
        *ROOT.glob("loadtest/*.md"),
        *ROOT.glob("studio/*.md"),
        *ROOT.glob("clients/*/*.md"),
    ]:
        for target in re.findall(r"\]\(([^)#:]+)[^):]*\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name} links {target}"


def test_constraints_hold_every_dependency(read):
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in read("constraints.txt").splitlines()}
    section = read("pyproject.toml").split("[tool.hatch")[0]
    wanted = set(re.findall(r'"([a-zA-Z0-9_.-]+)[><=]=', section)) - {"hatchling"}
    optional = {"onnxruntime-gpu", "tensorrt-rtx-cu13-bindings", "tensorrt-rtx-cu13-libs", "torch"}
    assert {name.lower() for name in wanted} - pinned <= optional
