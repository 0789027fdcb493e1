"""Streams over gRPC: assets that go in and out, and jobs that are watched."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest
from prometheus_client import generate_latest

from serve.contracts.galatea.v1 import galatea_pb2 as pb
from serve.contracts.jobs import Problem
from serve.edges.grpc_convert import message_of
from serve.telemetry.metrics import REGISTRY
from tests.event_samples import live, submit
from tests.grpc_service import BASE_URL, LAMP, all_of, calling, refused
from tests.http_service import GLB, finish_next

WATCHER_COUNT, JOB_COUNT = 200, 50


@pytest.fixture
def database_kind():
    return "sqlite"


async def test_an_asset_comes_whole_and_in_parts(make_http):
    http = make_http()
    data = GLB * 1000
    async with calling(http) as client:
        await client("TextTo3d", LAMP)
        _, asset = await finish_next(http.service, data)

        async def bytes_of(**where):
            stream = client.stream("DownloadAsset", {"digest": asset.digest} | where)
            return b"".join([piece.data async for piece in stream])

        assert await bytes_of() == data
        assert await bytes_of(start=1000, stop=500_000) == data[1000:500_000]
        assert await bytes_of(start=len(data) - 5, stop=10**9) == data[-5:]
        for where in ({"start": len(data)}, {"start": 9, "stop": 9}, {"start": 9, "stop": 3}):
            await refused(bytes_of(**where), "range_unsatisfiable", [f"{len(data):,}"])


async def test_an_asset_that_was_damaged_on_the_disk_is_never_delivered_whole(make_http, tmp_path):
    http = make_http()
    async with calling(http) as client:
        await client("TextTo3d", LAMP)
        _, asset = await finish_next(http.service, bytes(2_000_000))
        [file] = tmp_path.glob(f"store-*/artifacts/*/{asset.digest}")
        file.write_bytes(bytes(1_999_999) + b"x")
        stream = client.stream("DownloadAsset", {"digest": asset.digest})
        await refused(all_of(stream), "artifact_tampered", ["delete it"])


async def test_an_upload_is_the_same_asset_on_both_wires(make_http):
    http = make_http(api_keys="ann:first-key-1,bob:second-key-2")
    data = b"glTF" + bytes(range(256)) * 5000
    pieces = [{"data": data[start : start + 500_000]} for start in range(0, len(data), 500_000)]
    head = {"head": {"media_type": "model/gltf-binary", "bytes": len(data)}}
    async with http.client("first-key-1") as over_http, calling(http, "first-key-1") as ann:
        ours = await ann.upload(head, *pieces)
        answer = await over_http.post(
            "/v1/assets", content=data, headers={"content-type": "model/gltf-binary"}
        )
        assert answer.status_code == 200  # and not 201: it is there already
        assert ours == answer.json()
        assert await ann.upload({"head": {"media_type": "model/gltf-binary"}}, *pieces) == ours
        download = {"digest": ours["digest"]}
        assert b"".join([part.data async for part in ann.stream("DownloadAsset", download)]) == data
        async with calling(http, "second-key-2") as bob:
            await refused(all_of(bob.stream("DownloadAsset", download)), "artifact_missing", [])
        for kind, body in [("text/html", GLB), ("image/png", GLB), ("", GLB), ("image/png", b"")]:
            answer = await over_http.post("/v1/assets", content=body, headers={"content-type": kind})
            problem = Problem.model_validate_json(answer.content)
            sent = ann.upload({"head": {"media_type": kind}}, *([{"data": body}] if body else []))
            assert await refused(sent, problem.code, []) == problem


async def test_a_bad_upload_is_refused_and_leaves_nothing(make_http, tmp_path):
    data = b"glTF" + bytes(1_000_000)
    head = {"media_type": "model/gltf-binary"}
    bad = [
        ([], "invalid_request", ["head", "first"]),
        ([{"data": data[:100]}], "invalid_request", ["head", "first"]),
        ([{}], "invalid_request", ["head", "first"]),
        ([{"head": {}}], "invalid_request", ["media_type", "missing"]),
        ([{"head": head | {"bytes": -1}}], "invalid_request", ["bytes"]),
        ([{"head": head | {"bytes": 2 * 2**20}}], "body_too_large", ["MAX_UPLOAD"]),
        ([{"head": head}, *[{"data": data}] * 2], "body_too_large", ["1,048,576"]),
        ([{"head": head | {"bytes": 1000}}, {"data": data[:999]}], "malformed_body", ["999", "1,000"]),
        ([{"head": head}, {"data": data[:999]}, {"head": head}], "malformed_body", ["pieces"]),
        ([{"head": head}], "invalid_request", ["empty"]),
    ]
    async with calling(make_http(max_upload_mb=1)) as client:
        for messages, code, words in bad:
            await refused(client.upload(*messages), code, words)
        left = client.channel.stream_unary("/galatea.v1.GalateaService/UploadAsset")()
        for part in ({"head": head}, {"data": data[:500_000]}):
            await left.write(message_of(pb.UploadAssetRequest, part).SerializeToString())
        left.cancel()
        samples = 'galatea_grpc_calls_total{code="CANCELLED",method="UploadAsset"}'
        while samples not in generate_latest(REGISTRY).decode():
            await asyncio.sleep(0.01)
    assert [path for path in tmp_path.glob("store-*/**/*") if path.is_file()] == []


async def test_a_watch_is_taken_up_where_it_broke_off(make_http):
    http = make_http()
    async with calling(http) as client:
        job_id = (await client("TextTo3d", LAMP))["job_id"]
        broken = client.stream("WatchJob", {"job_id": job_id})
        first = await broken.read()
        assert (first.seq, first.WhichOneof("kind")) == (1, "queued")
        broken.cancel()
        resumed = asyncio.create_task(
            all_of(client.stream("WatchJob", {"job_id": job_id, "after": first.seq}))
        )
        await finish_next(http.service)
        events = [event for event in await resumed if event.WhichOneof("kind") != "progress"]
        assert [event.seq for event in events] == list(range(2, 2 + len(events)))
        assert events[0].WhichOneof("kind") == "started"
        assert events[-1].finished.job.download_url.startswith(BASE_URL)
        assert events[-1].finished.state == pb.JOB_STATE_COMPLETED
        again = await all_of(client.stream("WatchJob", {"job_id": job_id}))
        assert [event.seq for event in again] == list(range(1, 2 + len(events)))
        assert again[1:] == events
        while http.app.state.backstage.feed.watcher_count:
            await asyncio.sleep(0.01)


async def test_those_who_wait_and_watch_do_not_hold_up_the_stop(make_http):
    http = make_http()
    async with calling(http) as client:
        job_id = (await client("TextTo3d", LAMP))["job_id"]
        waiting = asyncio.create_task(client("GetJob", {"job_id": job_id}, ("prefer", "wait=60")))
        watching = client.stream("WatchJob", {"job_id": job_id})
        await watching.read()
        while not http.app.state.backstage.waits._waiters:
            await asyncio.sleep(0.01)
        http.app.state.backstage.let_go()
        await client.edge.stop(30)
        assert (await waiting)["status"] == "queued"
        assert await watching.read() is grpc.aio.EOF


async def watch_by_fits(client, job_id, rng):
    """Read a few events, drop the call, come again; what was read in all, and how often it came."""
    found, call_count = [], 0
    while not (found and found[-1].WhichOneof("kind") == "finished"):
        call_count += 1
        wanted = int(rng.integers(0, 5))
        stream = client.stream("WatchJob", {"job_id": job_id, "after": found[-1].seq if found else 0})
        await asyncio.sleep(float(rng.uniform(0, 0.3)))
        while wanted and (event := await stream.read()) is not grpc.aio.EOF:
            if event.WhichOneof("kind") != "progress":
                found.append(event)
            wanted -= 1
        stream.cancel()
    return found, call_count


async def test_200_watchers_that_come_and_go_miss_nothing_and_see_nothing_twice(make_http):
    http = make_http()
    ledger = http.service.ledger
    job_ids = [submit(ledger) for _ in range(JOB_COUNT)]
    async with calling(http) as client, asyncio.timeout(60):
        watching = [
            asyncio.create_task(watch_by_fits(client, job_ids[i % JOB_COUNT], np.random.default_rng([6, i])))
            for i in range(WATCHER_COUNT)
        ]
        with ThreadPoolExecutor(1) as pool:
            rng = np.random.default_rng(7)
            await asyncio.get_running_loop().run_in_executor(pool, live, ledger, JOB_COUNT, rng)
        watched = await asyncio.gather(*watching)
        while http.app.state.backstage.feed.watcher_count:
            await asyncio.sleep(0.01)
    for i, (found, _) in enumerate(watched):
        truth = ledger.events.read(job_ids[i % JOB_COUNT])
        told = [(event.seq, event.WhichOneof("kind")) for event in found]
        assert told == [(event.seq, event.kind) for event in truth]
        assert [seq for seq, _ in told] == list(range(1, len(truth) + 1))
    assert sum(count for _, count in watched) > 2 * WATCHER_COUNT
