"""Spans reach a collector over the wire, and ids reach the log lines."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from opentelemetry.trace import get_current_span

from serve.telemetry import bind, configure_logs, configure_traces, tracer
from serve.telemetry.logs import LineFormatter
from tests.collector import running_collector


@pytest.fixture
def log_lines(capsys) -> Iterator[Callable[..., Callable[[], list[str]]]]:
    """Configures logs to what capsys captures, and gives back the lines; undoes it afterwards."""
    root = logging.getLogger()
    levels = {
        name: logging.getLogger(name).level for name in (None, "serve", "deployments", "galatea", "compile")
    }

    def read() -> list[str]:
        return capsys.readouterr().err.splitlines()

    def configured(level: str, *, json: bool) -> Callable[[], list[str]]:
        configure_logs(level, json=json)
        return read

    yield configured
    for handler in [known for known in root.handlers if isinstance(known.formatter, LineFormatter)]:
        root.removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_nested_spans_reach_the_collector_with_their_attributes():
    with running_collector() as collector:
        shutdown = configure_traces("galatea-test", collector.url + "/")
        with tracer().start_as_current_span("job"), tracer().start_as_current_span("stage") as stage:
            stage.set_attribute("stage.name", "denoise")
        shutdown()
    spans = collector.spans()
    assert set(collector.paths) == {"/v1/traces"}
    assert collector.service_name() == "galatea-test"
    assert spans["stage"].parent_span_id == spans["job"].span_id
    assert spans["stage"].trace_id == spans["job"].trace_id
    assert spans["stage"].attributes[0].value.string_value == "denoise"


def test_an_exception_in_a_span_reaches_the_collector_as_an_error():
    with running_collector() as collector:
        shutdown = configure_traces("galatea-test", collector.url)
        with pytest.raises(ZeroDivisionError), tracer().start_as_current_span("stage"):
            _ = 1 / 0
        shutdown()
    span = collector.spans()["stage"]
    assert span.status.code == span.status.STATUS_CODE_ERROR
    assert span.events[0].name == "exception"


def test_without_an_endpoint_nothing_is_recorded():
    shutdown = configure_traces("galatea-test", None)
    with tracer().start_as_current_span("job") as span:
        assert not span.is_recording()
        assert not get_current_span().get_span_context().is_valid
    shutdown()


def test_after_shutdown_nothing_is_recorded_and_tracing_can_be_configured_again():
    for _ in range(2):
        with running_collector() as collector:
            shutdown = configure_traces("galatea-test", collector.url)
            with tracer().start_as_current_span("job"):
                pass
            shutdown()
            with tracer().start_as_current_span("late") as span:
                assert not span.is_recording()
        assert list(collector.spans()) == ["job"]


def test_a_dead_collector_neither_raises_nor_hangs(caplog):
    with running_collector() as gone:
        url = gone.url
    shutdown = configure_traces("galatea-test", url)
    with tracer().start_as_current_span("job"):
        pass
    shutdown()
    assert "opentelemetry" in {record.name.split(".")[0] for record in caplog.records}


def test_bound_ids_are_in_every_line_and_gone_after_the_block(log_lines):
    read = log_lines("info", json=True)
    log = logging.getLogger("serve.execution")
    with bind(job_id="01J"):
        log.info("claimed")
        with bind(stage="denoise"):
            log.info("step %d of %d", 3, 20)
    log.info("idle")
    claimed, step, idle = map(json.loads, read())
    assert claimed["job_id"] == step["job_id"] == "01J"
    assert step["stage"] == "denoise"
    assert (step["message"], step["level"], step["logger"]) == ("step 3 of 20", "info", "serve.execution")
    assert claimed.keys() - {"job_id"} == idle.keys() == {"time", "level", "logger", "message"}


async def test_ids_follow_tasks_and_threads_and_do_not_mix(log_lines):
    read = log_lines("info", json=True)
    log = logging.getLogger("serve.stages")

    async def job(job_id: str) -> None:
        with bind(job_id=job_id):
            for _ in range(3):
                await asyncio.sleep(0)
                await asyncio.to_thread(log.info, job_id)

    await asyncio.gather(*(job(f"job {number}") for number in range(5)))
    lines = [json.loads(line) for line in read()]
    assert len(lines) == 15
    assert all(line["job_id"] == line["message"] for line in lines)


def test_the_ids_of_the_trace_are_in_the_line(log_lines):
    read = log_lines("info", json=True)
    with running_collector() as collector:
        shutdown = configure_traces("galatea-test", collector.url)
        with tracer().start_as_current_span("job"):
            logging.getLogger("serve").info("inside")
        shutdown()
    line = json.loads(read()[0])
    span = collector.spans()["job"]
    assert (line["trace_id"], line["span_id"]) == (span.trace_id.hex(), span.span_id.hex())


def test_a_line_for_people_reads_time_level_logger_message_ids(log_lines):
    read = log_lines("debug", json=False)
    with bind(stage="clean", job_id="01J"):
        logging.getLogger("serve.stages.clean").debug("kept %d shells", 2)
    (line,) = read()
    time, rest = line.split(" ", 1)
    assert time.endswith("+00:00")
    assert rest == "DEBUG serve.stages.clean: kept 2 shells job_id=01J stage=clean"


def test_a_message_cannot_forge_a_second_line(log_lines):
    read = log_lines("info", json=False)
    logging.getLogger("serve").info("name: %s", "x\n2026-01-01 ERROR serve: paid\r")
    (line,) = read()
    assert line.endswith(r"name: x\n2026-01-01 ERROR serve: paid\r")


@pytest.mark.parametrize("as_json", [False, True])
def test_a_traceback_is_kept(log_lines, as_json):
    read = log_lines("info", json=as_json)
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        logging.getLogger("serve").exception("failed")
    lines = read()
    text = json.loads(lines[0])["exception"] if as_json else "\n".join(lines[1:])
    assert text.startswith("Traceback")
    assert text.endswith("ZeroDivisionError: division by zero")


def test_others_speak_only_from_warning_upward(log_lines):
    read = log_lines("debug", json=True)
    for name in ("serve.x", "urllib3"):
        logging.getLogger(name).debug("detail")
        logging.getLogger(name).warning("trouble")
    lines = [json.loads(line) for line in read()]
    assert [(line["logger"], line["message"]) for line in lines] == [
        ("serve.x", "detail"),
        ("serve.x", "trouble"),
        ("urllib3", "trouble"),
    ]


def test_configuring_twice_does_not_double_the_lines(log_lines):
    log_lines("info", json=True)
    read = log_lines("info", json=False)
    logging.getLogger("serve").info("once")
    assert len(read()) == 1


def test_processes_with_a_common_folder_tell_each_others_sums(tmp_path):
    code = (
        "from serve.telemetry.metrics import JOBS_SUBMITTED, STAGE_SECONDS, exposition;"
        "JOBS_SUBMITTED.labels('text-to-3d').inc(3); STAGE_SECONDS.labels('render').observe(0.2);"
        "print(exposition().decode())"
    )
    environment = os.environ | {"GALATEA_METRICS_DIR": str(tmp_path)}

    def told() -> list[str]:
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
        return done.stdout.decode().splitlines()

    assert 'galatea_jobs_submitted_total{operation="text-to-3d"} 3.0' in told()
    second = told()
    assert 'galatea_jobs_submitted_total{operation="text-to-3d"} 6.0' in second
    assert 'galatea_stage_seconds_count{stage="render"} 2.0' in second
    assert "# HELP galatea_jobs_submitted_total Jobs accepted" in second
