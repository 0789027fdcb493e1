"""The table of endpoints."""

import pytest

from serve.admission import with_assets
from serve.contracts.artifacts import ArtifactRef
from serve.contracts.quality import Quality
from serve.contracts.requests import parse_request
from serve.operations import OPERATIONS, TEXT_TO_3D
from serve.planning import check_plan


def asset(digest):
    return ArtifactRef(digest=digest, media_type="model/stl", byte_count=84)


def test_rows_are_sorted_and_unique():
    names = [row.name for row in OPERATIONS]
    assert names == sorted(set(names))
    assert len({row.path for row in OPERATIONS}) == len(OPERATIONS)


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
def test_every_example_parses_plans_and_takes_time(row):
    request = parse_request(row.request, row.example)
    check_plan(with_assets(row.plan(request), asset))
    assert row.estimate_s(request) > 0
    assert row.path.startswith("/v1/")
    assert row.summary.endswith(".")


def test_a_better_quality_is_expected_to_take_longer():
    requests = [
        parse_request(TEXT_TO_3D.request, TEXT_TO_3D.example | {"quality": quality.value})
        for quality in Quality
    ]
    estimates = [TEXT_TO_3D.estimate_s(request) for request in requests]
    assert estimates == sorted(set(estimates))
