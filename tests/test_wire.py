"""What travels between a caller and a worker, and how a conversation ends, over real sockets."""

import asyncio
import socket
import tempfile
import threading
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest
from pydantic import ValidationError

from deployments.frames import (
    ASK,
    REPLY,
    About,
    Hello,
    StageAbout,
    StageProgress,
    Unfit,
    call_of,
    event_of,
    reply_of,
)
from deployments.host import StageHost
from deployments.sockets import SocketSeam
from deployments.wire import MAX_FRAME_BYTE_COUNT, read_frame, write_frame
from deployments.worker import StageServer
from serve.contracts.artifacts import ArtifactRef
from serve.contracts.errors import (
    EngineInputError,
    GalateaError,
    NotReadyError,
    QueueFullError,
    StageMovedError,
    WorkerLostError,
)
from serve.contracts.plan import Plan, StageCall
from serve.contracts.results import Cost
from serve.contracts.stage import Blob, Checkpoint, Context, Done, Params, Progress, StageSpec
from serve.engines.fake import EngineFake
from serve.stages import STAGES

REF = ArtifactRef(digest="ab" * 32, media_type="text/plain", byte_count=3)
ABOUT = StageAbout(numeric_class="toy", model=None)
CONTEXT = Context("0" * 64, "job", fence=3, seed=2**53 - 1, traceparent="00-aa-bb-01", checkpoint=REF)
FRAGMENT = Plan(
    calls=(StageCall(name="x", stage="export", params={"format": "glb"}, inputs={"mesh": "self.mesh"}),),
    results={"asset": "x.asset"},
    main="asset",
)


@pytest.fixture
def folder():
    """A folder whose path is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="g-") as path:
        yield Path(path)


@asynccontextmanager
async def connected():
    """Two ends of a connection, as (reader, writer) each."""
    ends = [
        await asyncio.open_connection(sock=end, limit=MAX_FRAME_BYTE_COUNT) for end in socket.socketpair()
    ]
    try:
        yield ends
    finally:
        for _, writer in ends:
            writer.close()


@pytest.fixture
def make_served(folder, make_store):
    """Each call serves the given stages at a socket; gives a seam, the host and the server's path."""

    @asynccontextmanager
    async def make(stages=STAGES, kind="sync"):
        host = StageHost(EngineFake(), make_store(), stages=stages)
        path, stop = folder / f"{kind}-0.sock", asyncio.Event()
        serving = asyncio.create_task(StageServer(host, kind).serve(path, stop))
        seam = SocketSeam({kind: [path]}, wait_s=5)
        await seam.open(wait_s=5)
        try:
            yield seam, host, path
        finally:
            stop.set()
            await serving
            host.close()

    return make


class Other(EngineFake):
    """The same with other weights."""

    def digest(self, spec):
        return "f" * 64


def spec_of(run) -> StageSpec:
    return StageSpec(
        name="test",
        version=1,
        kind="sync",
        resource="cpu",
        accepts={},
        returns={"out": "out"},
        params=Params,
        run=run,
        example=lambda: ({}, Params()),
    )


async def read_all(seam, spec, params=None, inputs=None):
    call = seam.call(spec, params or Params(), inputs or {}, Context("0" * 64, "job"))
    return [event async for event in call]


@pytest.mark.parametrize(
    "event",
    [
        Progress(0.25),
        Checkpoint(REF),
        Done({}),
        Done({"out": REF}, ("mind the step", "line\nbreak \u2028"), FRAGMENT, Cost(cpu_s=0.1, byte_count=7)),
    ],
)
async def test_an_event_arrives_as_it_was_sent(event):
    async with connected() as ((_, writer), (reader, _)):
        await write_frame(writer, reply_of(event))
        assert event_of(await read_frame(reader, REPLY)) == event


@pytest.mark.parametrize("spec", STAGES.values(), ids=lambda spec: spec.name)
async def test_a_call_arrives_as_it_was_sent(spec):
    _, params = spec.example()
    sent = call_of(spec, params, {"in": REF}, CONTEXT, ABOUT)
    async with connected() as ((_, writer), (reader, _)):
        await write_frame(writer, sent)
        got = await read_frame(reader, ASK)
    assert got == sent
    assert got.context == CONTEXT
    assert spec.params.model_validate(dict(got.params)) == params


@pytest.mark.parametrize("event", [Done({"out": Blob(b"raw", "x/y")}), Checkpoint(Blob(b"raw", "x/y"))])
def test_bytes_never_travel(event):
    with pytest.raises(ValidationError):
        reply_of(event)


async def test_a_torn_frame_is_the_end_of_the_stream():
    async with connected() as ((_, writer), (reader, _)):
        writer.write(b'{"kind":"progress","sha')
        writer.close()
        assert await read_frame(reader, REPLY) is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"x" * (MAX_FRAME_BYTE_COUNT + 2) + b"\n", "longer than"),
        (b"GET / HTTP/1.1\r\n", "not understood"),
        (b'{"kind":"dance"}\n', "not understood"),
        (b'{"kind":"progress","share":"much"}\n', "not understood"),
        (b'{"kind":"progress","share":0.5,"more":1}\n', "not understood"),
        (b"\xff\xfe\n", "not understood"),
    ],
)
async def test_what_is_no_frame_is_refused_with_words(line, words):
    async with connected() as ((_, writer), (reader, _)):
        writer.write(line)
        with pytest.raises(GalateaError, match=words):
            await read_frame(reader, REPLY)


async def test_a_frame_over_the_limit_is_not_sent():
    long = Done({}, ("x" * MAX_FRAME_BYTE_COUNT,))
    async with connected() as ((_, writer), _):
        with pytest.raises(GalateaError, match="artifact"):
            await write_frame(writer, reply_of(long))


async def test_a_stage_over_the_socket_gives_what_it_gives_in_process(make_served):
    spec = STAGES["export"]
    data, params = spec.example()
    async with make_served() as (seam, host, _):
        inputs = {name: await host.store.put(blob, "x/y") for name, blob in data.items()}
        here = [event async for event in host.call(spec, params, inputs, Context("0" * 64, "job"))]
        there = await read_all(seam, spec, params, inputs)
        assert there[-1].outputs == here[-1].outputs
        await seam.open()
        assert seam.numeric_class(spec) == host.numeric_class(spec)
        assert await seam.checks() == {"sync-0": None}


async def test_the_caller_learns_of_models_without_an_engine(make_served):
    spec = STAGES["denoise"]
    async with make_served(kind="async") as (_, host, path):
        seam = SocketSeam({"async": [path]})
        with pytest.raises(NotReadyError):
            seam.model(spec)
        await seam.open()
        assert seam.model(spec) == host.model(spec)
        assert set(seam.models()) == {"minilm_text", "parts_flow", "prompt_domain"}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (EngineInputError("three rows are one too many", "rows"), EngineInputError),
        (QueueFullError("full", None, 3.0, 9.0), QueueFullError),
        (ZeroDivisionError("by zero"), GalateaError),
    ],
)
async def test_an_error_keeps_its_kind_and_its_words(make_served, error, kind):
    def run(inputs, params, context, tools):
        yield Progress(0.5)
        raise error

    spec = spec_of(run)
    async with make_served({"test": spec}) as (seam, _, _):
        with pytest.raises(kind) as caught:
            await read_all(seam, spec)
        assert type(caught.value) is kind
        assert str(error) in caught.value.message
        assert await seam.checks() == {"sync-0": None}


async def test_another_version_of_a_stage_is_refused(make_served):
    spec = STAGES["export"]
    async with make_served() as (_, _, path):
        reader, writer = await asyncio.open_unix_connection(path)
        call = call_of(spec, spec.example()[1], {}, CONTEXT, ABOUT).model_copy(update={"version": 99})
        await write_frame(writer, call)
        frame = await read_frame(reader, REPLY)
        assert isinstance(frame, Unfit)
        assert frame.version == spec.version
        assert frame.about != ABOUT
        writer.close()


async def test_a_worker_that_came_back_with_another_model_runs_nothing_under_an_old_key(make_served):
    spec = STAGES["encode_text"]
    _, params = spec.example()
    async with make_served(kind="async") as (seam, host, _):
        before = seam.model(spec)
        host.engine = Other()
        with pytest.raises(StageMovedError):
            await read_all(seam, spec, params)
        assert seam.model(spec) != before
        assert await read_all(seam, spec, params), "the key that is made now fits"


@pytest.mark.parametrize("how", ["half-close", "vanish", "close the iterator", "cancel the reader"])
async def test_whoever_leaves_stops_the_stage_and_its_end_is_told_last(make_served, how):
    ended = threading.Event()

    def run(inputs, params, context, tools):
        yield Progress(0.1)
        tools.stop.wait()
        threading.Event().wait(0.1)  # a stage takes a moment to notice
        ended.set()

    spec = spec_of(run)
    async with make_served({"test": spec}) as (seam, host, path):
        if how in ("half-close", "vanish"):
            reader, writer = await asyncio.open_unix_connection(path)
            about = StageAbout(numeric_class=host.numeric_class(spec), model=None)
            await write_frame(writer, call_of(spec, Params(), {}, CONTEXT, about))
            assert isinstance(await read_frame(reader, REPLY), StageProgress)
            if how == "half-close":
                writer.write_eof()
                assert await reader.read() == b""
            else:
                writer.transport.abort()
                await asyncio.to_thread(ended.wait, 10)
            writer.close()
        elif how == "close the iterator":
            async with aclosing(seam.call(spec, Params(), {}, CONTEXT)) as events:
                await anext(events)
        else:
            task = asyncio.create_task(read_all(seam, spec))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert ended.is_set()


async def test_garbage_ends_a_conversation_and_not_the_worker(make_served):
    async with make_served() as (seam, _, path):
        for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 100 + b"\n", b"", b"{}\n"):
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(garbage)
            writer.write_eof()
            assert await reader.read() == b""
            writer.close()
        assert await seam.checks() == {"sync-0": None}


async def test_an_end_without_a_result_means_that_the_worker_died(folder):
    async def die(reader, writer):
        ask = await read_frame(reader, ASK)
        stages = {"export": ABOUT}
        await write_frame(writer, About(pid=1, stages=stages) if ask == Hello() else reply_of(Progress(0.5)))
        writer.close()

    path = folder / "sync-0.sock"
    async with await asyncio.start_unix_server(die, path):
        with pytest.raises(WorkerLostError, match="sync-0"):
            await read_all(SocketSeam({"sync": [path]}), STAGES["export"], STAGES["export"].example()[1])


async def test_without_a_worker_a_call_says_so_after_its_time(folder):
    (folder / "sync-0.sock").touch()
    seam = SocketSeam({"sync": [folder / "sync-0.sock", folder / "sync-1.sock"]}, wait_s=0.1)
    with pytest.raises(NotReadyError, match="no worker for sync stages"):
        await read_all(seam, STAGES["export"], STAGES["export"].example()[1])
    assert all("does not answer" in wrong for wrong in (await seam.checks()).values())


async def test_calls_go_to_the_least_busy_worker(folder, make_store):
    def run(inputs, params, context, tools):
        yield Progress(0.1)
        tools.stop.wait()

    spec = spec_of(run)
    hosts = [StageHost(None, make_store(), stages={"test": spec}) for _ in range(2)]
    paths, stop = [folder / f"sync-{index}.sock" for index in range(2)], asyncio.Event()
    servers = [StageServer(host, "sync").serve(path, stop) for host, path in zip(hosts, paths, strict=True)]
    serving = [asyncio.create_task(server) for server in servers]
    seam = SocketSeam({"sync": paths}, wait_s=5)
    # Each worker has one thread for such stages: both begin at once only if they were spread.
    async with (
        aclosing(seam.call(spec, Params(), {}, CONTEXT)) as first,
        aclosing(seam.call(spec, Params(), {}, CONTEXT)) as second,
    ):
        assert await anext(first) == await anext(second) == Progress(0.1)
    stop.set()
    await asyncio.gather(*serving)
    for host in hosts:
        host.close()


async def test_calls_that_begin_at_once_are_spread(folder, make_store):
    begun = []

    def run(inputs, params, context, tools):
        begun.append(threading.current_thread())
        yield Progress(0.1)
        tools.stop.wait()

    spec = spec_of(run)
    hosts = [StageHost(None, make_store(), stages={"test": spec}) for _ in range(2)]
    paths, stop = [folder / f"sync-{index}.sock" for index in range(2)], asyncio.Event()
    servers = [StageServer(host, "sync").serve(path, stop) for host, path in zip(hosts, paths, strict=True)]
    serving = [asyncio.create_task(server) for server in servers]
    seam = SocketSeam({"sync": paths}, wait_s=5)
    await seam.open(5)
    async with (
        aclosing(seam.call(spec, Params(), {}, CONTEXT)) as first,
        aclosing(seam.call(spec, Params(), {}, CONTEXT)) as second,
        asyncio.timeout(20),
    ):
        await asyncio.gather(anext(first), anext(second))
    assert len(set(begun)) == 2
    stop.set()
    await asyncio.gather(*serving)
    for host in hosts:
        host.close()


def test_hello_is_one_short_line():
    assert Hello().model_dump_json() == '{"kind":"hello"}'
