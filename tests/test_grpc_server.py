"""The gRPC server itself: health, reflection, its port, and a real service behind it."""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client import generate_latest

from serve.contracts.errors import NotReadyError
from serve.contracts.galatea.v1 import galatea_pb2 as pb
from serve.edges.grpc_edge import GrpcEdge
from serve.telemetry.metrics import REGISTRY
from tests.grpc_service import BASE_URL, calling, encoded, refused
from tests.served import Served, free_port, new_settings, remove_folder, until


@pytest.fixture
def database_kind():
    return "sqlite"


async def test_health_follows_readiness(make_http):
    parts = {"ledger": None, "store": None}
    async with calling(make_http(checks=parts)) as client:
        health = health_pb2_grpc.HealthStub(client.channel)
        states = health_pb2.HealthCheckResponse
        for name in ("", "galatea.v1.GalateaService"):
            asked = health_pb2.HealthCheckRequest(service=name)
            parts["ledger"] = "the database does not answer"
            assert (await health.Check(asked)).status == states.NOT_SERVING
            parts["ledger"] = None
            assert (await health.Check(asked)).status == states.SERVING
        watched = health.Watch(health_pb2.HealthCheckRequest())
        assert (await watched.read()).status == states.SERVING
        parts["store"] = "is full"
        await health.Check(health_pb2.HealthCheckRequest())
        assert (await watched.read()).status == states.NOT_SERVING
        watched.cancel()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await health.Check(health_pb2.HealthCheckRequest(service="nobody"))
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_grpcurl_lists_and_calls_the_service(make_http):
    program = Path(sys.executable).with_name("grpcurl")
    async with calling(make_http()) as client:

        async def grpcurl(*arguments):
            process = await asyncio.create_subprocess_exec(
                program,
                "-plaintext",
                *arguments,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            out, err = await process.communicate()
            return process.returncode, out.decode(), err.decode()

        address = f"127.0.0.1:{client.port}"
        code, out, err = await grpcurl(address, "list")
        assert code == 0, err
        assert {"galatea.v1.GalateaService", "grpc.health.v1.Health"} <= set(out.split())
        _, out, _ = await grpcurl(address, "describe", "galatea.v1.GalateaService")
        assert "rpc TextTo3d ( .galatea.v1.TextTo3dRequest ) returns ( .galatea.v1.Job )" in out
        body = json.dumps({"prompt": "a red lamp", "quality": "QUALITY_DRAFT", "seed": 7})
        code, out, err = await grpcurl("-d", body, address, "galatea.v1.GalateaService/TextTo3d")
        assert code == 0, err
        job = json.loads(out)
        assert (job["status"], job["text_to_3d"]["seed"]) == ("JOB_STATE_QUEUED", 7)
        code, out, err = await grpcurl("-d", '{"prompt": ""}', address, "galatea.v1.GalateaService/TextTo3d")
        assert code != 0
        assert "InvalidArgument" in err
        assert "describe what you want" in err


async def test_a_port_that_is_taken_is_said_clearly(make_http):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        edge = GrpcEdge(make_http().app.state.backstage, BASE_URL)
        with pytest.raises(NotReadyError, match="GALATEA_GRPC_PORT"):
            await edge.start("127.0.0.1", taken.getsockname()[1])
        await edge.stop(0)


async def test_calls_are_counted(make_http):
    async with calling(make_http()) as client:
        await client("ListJobs", {})
        await refused(client("ListJobs", {"limit": 0}), "invalid_request", [])
    text = generate_latest(REGISTRY).decode()
    for code in ("OK", "INVALID_ARGUMENT"):
        assert f'galatea_grpc_calls_total{{code="{code}",method="ListJobs"}}' in text


@pytest.fixture
def make_run():
    """Each call starts a `galatea run` with the fake engine and these settings."""
    made = []

    def make(**fields):
        made.append(Served(new_settings(**fields)))
        return made[-1]

    yield make
    for run in made:
        run.close()
        remove_folder(run.settings.data_dir)


def test_the_service_answers_on_its_port_again_after_a_kill(make_run):
    run = make_run(grpc_port=free_port())
    run.until_ready()
    address = f"127.0.0.1:{run.settings.grpc_port}"
    fields = {"prompt": "a lamp", "quality": "draft", "poly_count": 500}
    with grpc.insecure_channel(address) as channel:
        submit = channel.unary_unary("/galatea.v1.GalateaService/TextTo3d")
        data = submit(encoded(fields), metadata=[("prefer", "wait=60")], wait_for_ready=True, timeout=90)
        job = pb.Job.FromString(data)
        assert job.status == pb.JOB_STATE_COMPLETED
        assert job.download_url.startswith(f"{run.url}/v1/assets/")
        assert run.client.get(job.download_url).status_code == 200
        os.kill(run.pids()["service"], signal.SIGKILL)
        get = channel.unary_unary("/galatea.v1.GalateaService/GetJob")
        asked = pb.GetJobRequest(job_id=job.job_id).SerializeToString()
        # Parsed: another process may write the entries of a map in another order.
        assert until(lambda: pb.Job.FromString(answers(get, asked) or b"") == job)
    run.process.send_signal(signal.SIGTERM)
    run.until_stopped()


def answers(method, data):
    """The answer, or None while nobody is there."""
    try:
        return method(data, timeout=10)
    except grpc.RpcError as error:
        assert error.code() is grpc.StatusCode.UNAVAILABLE
        return None


def test_a_taken_grpc_port_ends_the_program_with_words(make_run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        run = make_run(grpc_port=taken.getsockname()[1])
        assert run.process.wait(timeout=30) == NotReadyError.exit_code
    assert "GALATEA_GRPC_PORT" in run.log.read_text()
