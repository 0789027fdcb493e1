"""gRPC beside HTTP: the same jobs on both wires."""

import asyncio

import pytest

from serve.edges.grpc_methods import method_name
from serve.edges.grpc_views import request_arm
from serve.models import MODELS
from serve.operations import OPERATIONS
from tests.grpc_service import BASE_URL, LAMP, all_of, calling, encoded, refused
from tests.http_service import finish_next

PATH = "/v1/text-to-3d"


@pytest.fixture
def database_kind():
    return "sqlite"


def without_nulls(document):
    """What is null, or an empty list, over HTTP is absent over gRPC."""
    return {
        name: without_nulls(value) if isinstance(value, dict) else value
        for name, value in document.items()
        if value not in (None, [])
    }


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_every_operation_is_the_same_job_on_both_wires(operation, make_http):
    http = make_http()
    http.grant()
    fields = {**operation.example, "priority": "batch", "deadline_s": 60.5}
    if "seed" in operation.request.model_fields:
        fields["seed"] = 7
    async with http.client() as over_http, calling(http) as over_grpc:
        theirs = (await over_http.post(operation.path, json=fields)).json()
        ours = await over_grpc(method_name(operation), fields)
        arm = request_arm(operation.name)
        assert ours[arm] == without_nulls(theirs["request"])
        same = ("operation", "status", "priority", "progress", "attempt")
        assert [ours[name] for name in same] == [theirs[name] for name in same]
        assert (theirs["queue_position"], ours["queue_position"]) == (0, 1)
        assert len(http.nudges) == 2
        keyed = [("idempotency-key", "k")]
        first = await over_grpc(method_name(operation), fields, *keyed)
        answer = await over_http.post(operation.path, json=fields, headers=keyed)
        assert answer.json()["job_id"] == first["job_id"]  # the digests of both are equal, or this were a 409
        assert answer.headers["idempotency-replayed"] == "true"


async def test_a_key_is_one_job_on_whichever_wire_it_comes(make_http):
    http = make_http()
    keyed = [("idempotency-key", "k")]
    async with http.client() as over_http, calling(http) as over_grpc:
        job_id = (await over_http.post(PATH, json=LAMP, headers=keyed)).json()["job_id"]
        assert (await over_grpc("TextTo3d", LAMP, *keyed))["job_id"] == job_id
        call = over_grpc.channel.unary_unary("/galatea.v1.GalateaService/TextTo3d")(
            encoded(LAMP), metadata=keyed
        )
        await call
        assert ("idempotency-replayed", "true") in list(await call.trailing_metadata())
        other = over_grpc("TextTo3d", {"prompt": "a lamb"}, *keyed)
        await refused(other, "idempotency_conflict", ["'k'", job_id])
        assert len((await over_grpc("ListJobs", {}))["jobs"]) == 1


async def test_a_job_reads_the_same_on_both_wires_to_its_end(make_http):
    http = make_http()
    async with http.client() as over_http, calling(http) as over_grpc:
        job_id = (await over_grpc("TextTo3d", LAMP))["job_id"]
        waiting = asyncio.create_task(over_grpc("GetJob", {"job_id": job_id}, ("prefer", "wait=30")))
        _, asset = await finish_next(http.service)
        ours = await waiting
        theirs = (await over_http.get(f"/v1/jobs/{job_id}")).json()
        assert ours["status"] == "completed"
        assert ours["download_url"] == theirs["download_url"] == f"{BASE_URL}/v1/assets/{asset.digest}"
        assert ours["result"] == without_nulls(theirs["result"])
        assert ours["text_to_3d"] == without_nulls(theirs["request"])
        assert [ours[name] for name in ("created_at", "started_at", "finished_at")] == [
            theirs[name] for name in ("created_at", "started_at", "finished_at")
        ]


async def test_another_tenants_things_do_not_exist(make_http):
    http = make_http(api_keys="ann:first-key-1,bob:second-key-2")
    async with calling(http, "first-key-1") as ann, calling(http, "second-key-2") as bob:
        job_id = (await ann("TextTo3d", LAMP))["job_id"]
        _, asset = await finish_next(http.service)
        assert (await ann("GetJob", {"job_id": job_id}))["status"] == "completed"
        assert await bob("ListJobs", {}) == {}
        for name in ("GetJob", "CancelJob"):
            await refused(bob(name, {"job_id": job_id}), "job_missing", [job_id])
        await refused(all_of(bob.stream("WatchJob", {"job_id": job_id})), "job_missing", [job_id])
        download = {"digest": asset.digest}
        await refused(all_of(bob.stream("DownloadAsset", download)), "artifact_missing", [])


async def test_pages_lead_on(make_http):
    async with calling(make_http()) as client:
        made = [(await client("TextTo3d", LAMP))["job_id"] for _ in range(5)]
        await client("CancelJob", {"job_id": made[0]})
        first = await client("ListJobs", {"limit": 3})
        rest = await client("ListJobs", {"limit": 3, "after": first["next"]})
        assert [job["job_id"] for job in first["jobs"] + rest["jobs"]] == made[::-1]
        assert "next" not in rest
        [cancelled] = (await client("ListJobs", {"status": "cancelled", "operation": "text-to-3d"}))["jobs"]
        assert cancelled["job_id"] == made[0]


async def test_models_are_those_of_http(make_http):
    http = make_http()
    async with http.client() as over_http, calling(http) as over_grpc:
        ours = (await over_grpc("ListModels", {}))["models"]
        theirs = (await over_http.get("/v1/models")).json()["models"]
    assert [model["name"] for model in ours] == [spec.name for spec in MODELS]
    for mine, yours in zip(ours, theirs, strict=True):
        filled = {name: value for name, value in yours.items() if value is not None}
        for tensor in [*filled["inputs"], *filled["outputs"]]:
            if not tensor["shape"]:
                del tensor["shape"]  # an empty list and none are the same to protobuf
        assert mine == filled


async def test_a_wait_that_is_dropped_leaves_the_job_alone_and_cancel_ends_it(make_http):
    http = make_http()
    async with calling(http) as client:
        waits = http.app.state.backstage.waits
        for how in ("cancelled", "deadline"):
            address = "/galatea.v1.GalateaService/TextTo3d"
            timeout = None if how == "cancelled" else 0.5
            call = client.channel.unary_unary(address)(
                encoded(LAMP), metadata=[("prefer", "wait=60")], timeout=timeout
            )
            while not waits._waiters:
                await asyncio.sleep(0.01)
            if how == "cancelled":
                call.cancel()
            assert (await call.code()).name == ("CANCELLED" if how == "cancelled" else "DEADLINE_EXCEEDED")
            while waits._waiters:
                await asyncio.sleep(0.01)
        jobs = (await client("ListJobs", {}))["jobs"]
        assert [job["status"] for job in jobs] == ["queued", "queued"]
        job_id = jobs[0]["job_id"]
        cancelled = await client("CancelJob", {"job_id": job_id})
        assert (cancelled["status"], cancelled["error"]["code"]) == ("cancelled", "cancelled")
        assert await client("CancelJob", {"job_id": job_id}) == cancelled
