"""The Python client says what the service says, reads what later ones say, and needs none of its code."""

import inspect
import pickle
import subprocess
import sys
from enum import Enum
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from hypothesis import given
from pydantic import BaseModel

import galatea_client
from galatea_client import (
    AsyncGalatea,
    Galatea,
    InvalidRequestError,
    acceptance,
    errors,
    events,
    models,
    requests,
)
from galatea_client.wires import grpc_messages
from serve.contracts import acceptance as service_acceptance
from serve.contracts import events as service_events
from serve.contracts import film, results, views
from serve.contracts.errors import ERRORS
from serve.contracts.galatea.v1 import galatea_pb2 as pb
from serve.contracts.jobs import ENDED, JobState, Problem, problem_of
from serve.contracts.requests import Priority
from serve.edges.grpc_convert import fields_of, parse_message
from serve.edges.grpc_views import request_arm
from serve.operations import OPERATIONS
from tests.film_strategies import films
from tests.test_proto import ROOT

DOCUMENTS = {
    acceptance.Acceptance: service_acceptance.Acceptance,
    acceptance.AcceptanceCheck: service_acceptance.AcceptanceCheck,
    acceptance.Bounds: service_acceptance.Bounds,
    acceptance.MaterialReport: service_acceptance.MaterialReport,
    acceptance.TextureReport: service_acceptance.TextureReport,
    models.Asset: views.AssetView,
    models.Cost: results.Cost,
    models.Film: film.FilmReport,
    models.Job: views.JobView,
    models.JobPage: views.JobPage,
    models.Link: views.LinkView,
    models.Model: views.ModelView,
    models.ModelList: views.ModelList,
    models.Problem: Problem,
    models.Result: views.ResultView,
    models.StageReport: results.StageReport,
    models.Tensor: views.TensorView,
} | {getattr(events, kind.__name__): kind for kind in get_args(get_args(service_events.JobEvent)[0])}

# Code -> what a caller of the client catches. The others are by their status what is wrong with the request,
# or with the service.
CLASSES = {
    "artifact_missing": "NotFoundError",
    "cancelled": "JobCancelledError",
    "deadline_exceeded": "DeadlineExceededError",
    "idempotency_conflict": "ConflictError",
    "job_missing": "NotFoundError",
    "link_refused": "UnauthorizedError",
    "queue_full": "QueueFullError",
    "replay_differs": "ConflictError",
    "route_missing": "NotFoundError",
    "stale_fence": "ConflictError",
    "unauthenticated": "UnauthorizedError",
}
JOB: dict[str, Any] = {
    "job_id": "0" * 26,
    "operation": "text-to-3d",
    "status": "queued",
    "priority": "normal",
    "progress": 0.5,
    "created_at": "2030-01-02T00:00:00Z",
    "attempt": 1,
}


@pytest.mark.parametrize(("ours", "theirs"), DOCUMENTS.items(), ids=lambda kind: kind.__name__)
def test_each_document_has_the_services_fields(ours, theirs):
    types, contract = get_type_hints(ours), get_type_hints(theirs)
    assert set(ours.model_fields) == set(theirs.model_fields)
    for name, field in theirs.model_fields.items():
        assert types[name] == contract[name] or is_of_its_own(contract[name]), name
        if NoneType in get_args(field.annotation) or is_many(field):
            assert not ours.model_fields[name].is_required(), f"{name} is absent over gRPC where it is empty"


def is_of_its_own(kind):
    """Whether it holds documents, which are compared by themselves, or an enum, which is read laxly."""
    return any(
        isinstance(part, type) and issubclass(part, BaseModel | Enum) for part in (kind, *get_args(kind))
    )


def is_many(field):
    """Whether there may be none of it; what has a fixed length has all of it."""
    if get_origin(field.annotation) is tuple and Ellipsis not in get_args(field.annotation):
        return False
    return str(field.annotation).startswith(("tuple", "collections.abc.Mapping", "typing.Mapping"))


def test_every_document_and_event_of_the_service_is_compared():
    answered = {
        kind for kind in vars(views).values() if inspect.isclass(kind) and issubclass(kind, views._View)
    }
    answered -= {views._View, views.HealthView, views.ReadyView}  # which operators ask for
    assert answered <= set(DOCUMENTS.values())
    assert {kind.model_fields["kind"].default for kind in events._KNOWN} == events._KINDS
    assert set(events._KNOWN) == {kind for kind in DOCUMENTS if hasattr(events, kind.__name__)} & set(
        events._KNOWN
    )


def test_the_words_of_the_client_are_the_services():
    assert [(state.name, state.value) for state in models.JobState] == [
        (state.name, state.value) for state in JobState
    ]
    assert [priority.value for priority in models.Priority] == [priority.value for priority in Priority]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda row: row.name)
def test_every_operation_is_a_method_with_the_fields_of_its_request(operation):
    method = request_arm(operation.name)
    name = "".join(word.capitalize() for word in method.split("_"))
    same_fields(getattr(requests, f"{name}Fields"), operation.request)
    for kind in (Galatea, AsyncGalatea):
        assert callable(getattr(kind, method))


@given(films)
def test_fields_within_fields_and_lists_go_over_grpc(fields):
    descriptor = grpc_messages.method_of("3d-to-video").input_type
    sent = grpc_messages.message_of(descriptor, fields).SerializeToString()
    assert fields_of(parse_message(pb.ThreeDToVideoRequest, sent)) == fields


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"light": {"sun": 1}}, ["light.sun", "no such field", "rotation_deg"]),
        ({"camera": {"keys": [{"time_s": "soon"}]}}, ["camera.keys.0.time_s", "soon"]),
        ({"camera": {"keys": {"time_s": 1}}}, ["camera.keys", "a list"]),
        ({"motion": "walk"}, ["motion", "a mapping"]),
    ],
)
def test_a_bad_field_within_another_is_named_before_it_is_sent(fields, words):
    with pytest.raises(InvalidRequestError) as caught:
        grpc_messages.message_of(grpc_messages.method_of("3d-to-video").input_type, fields)
    for word in words:
        assert word in str(caught.value)


def same_fields(ours, theirs):
    """A TypedDict has the fields of a contract, and those within it."""
    types = get_type_hints(ours)
    assert set(types) == set(theirs.model_fields)
    assert ours.__required_keys__ == {
        name for name, info in theirs.model_fields.items() if info.is_required()
    }
    for name, info in theirs.model_fields.items():
        kinds = [kind for kind in (info.annotation, *get_args(info.annotation)) if inspect.isclass(kind)]
        for kind in kinds:
            if issubclass(kind, Enum) and not get_origin(info.annotation):
                assert set(get_args(types[name])) == {word.value for word in kind}, name
            if issubclass(kind, BaseModel):
                same_fields(
                    next(arm for arm in (types[name], *get_args(types[name])) if is_typeddict(arm)), kind
                )


def test_both_clients_have_the_same_methods_with_the_same_arguments():
    def surface(kind):
        public = {name: member for name, member in vars(kind).items() if not name.startswith("_")}
        return {name: list(inspect.signature(member).parameters.values()) for name, member in public.items()}

    assert surface(Galatea) == surface(AsyncGalatea)
    assert inspect.signature(Galatea) == inspect.signature(AsyncGalatea)


def test_what_is_exported_is_there_and_sorted():
    assert sorted(galatea_client.__all__) == sorted(set(galatea_client.__all__))
    for name in galatea_client.__all__:
        assert getattr(galatea_client, name) is not None
    public = {name for name, kind in vars(errors).items() if inspect.isclass(kind) and name.endswith("Error")}
    assert public <= set(galatea_client.__all__)


def test_every_method_error_and_bound_is_in_the_clients_readme():
    text = (ROOT / "clients/python/README.md").read_text(encoding="utf-8")
    for name in vars(Galatea):
        assert name.startswith("_") or name == "close" or f"`{name}(" in text, name
    for name in galatea_client.__all__:
        assert not name.endswith("Error") or f"`{name}`" in text, name
    retries = galatea_client.Retries()
    assert f"{retries.attempt_count} attempts, {retries.patience_s:.0f} seconds" in text


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.code)
def test_every_error_of_the_service_has_its_class_and_survives_pickling(kind):
    told = models.Problem.model_validate(problem_of(kind("it went wrong", "prompt")).model_dump(mode="json"))
    job = models.Job.model_validate(
        JOB | {"status": "failed", "finished_at": JOB["created_at"], "error": told}
    )
    of_a_job = kind.code in ("cancelled", "deadline_exceeded")
    error = errors.error_of_job(job) if of_a_job else errors.error_of(told)
    rest = "ServiceError" if kind.http_status >= 500 else "InvalidRequestError"
    assert type(error).__name__ == CLASSES.get(kind.code, rest)
    assert isinstance(errors.error_of_job(job), galatea_client.JobFailedError)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), vars(again), str(again)) == (type(error), vars(error), "it went wrong")
    assert (error.code, error.status, error.retryable, error.field) == (
        kind.code,
        kind.http_status,
        kind.retryable,
        "prompt",
    )


@pytest.mark.parametrize(
    ("status", "kind"), [(402, "InvalidRequestError"), (429, "QueueFullError"), (507, "ServiceError")]
)
def test_a_code_that_came_later_is_an_error_too(status, kind):
    told = models.Problem(title="t", status=status, detail="d", code="quota_exhausted")
    assert type(errors.error_of(told)).__name__ == kind


def test_an_error_with_its_own_arguments_survives_pickling():
    error = errors.unreachable("http://localhost:1", "no route", refused=True)
    assert pickle.loads(pickle.dumps(error)).refused


def test_a_newer_service_is_read():
    later = JOB | {"status": "paused", "priority": "urgent", "colour": "red", "result": None}
    job = models.Job.model_validate(later)
    assert (job.status, job.priority, job.ended) == ("paused", "urgent", False)
    assert not hasattr(job, "colour")
    assert models.Job.model_validate(JOB).status is models.JobState.QUEUED
    event = events.EVENT.validate_python(
        {"seq": 4, "at": JOB["created_at"], "kind": "paused", "why": "night"}
    )
    assert (type(event), event.kind, event.seq) == (events.UnknownEvent, "paused", 4)
    known = events.EVENT.validate_python({"seq": 4, "at": JOB["created_at"], "kind": "started", "attempt": 1})
    assert type(known) is events.JobStarted
    assert events.EVENT.validate_python(event) == event


def test_an_enum_of_a_newer_service_is_read_over_grpc_too():
    message = pb.Job(status=99, text_to_3d=pb.TextTo3dRequest(seed=2.0**53, guidance_scale=7.5, quality=98))
    fields = grpc_messages.parse(grpc_messages.method_of("GetJob").output_type, message.SerializeToString())
    assert fields == {
        "status": "99",
        "request": {"seed": 2**53, "guidance_scale": 7.5, "quality": "98"},
    }


def test_documents_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        models.Job.model_validate(JOB).progress = 1.0


def test_the_clients_description_of_the_wire_is_the_services():
    described = FileDescriptorSet.FromString(
        (ROOT / "clients/python/galatea_client/galatea.binpb").read_bytes()
    )
    [file] = described.file
    for message in file.message_type:
        for field in (*message.field, *(field for entry in message.nested_type for field in entry.field)):
            field.ClearField("json_name")  # which the generated module leaves out
    assert file == FileDescriptorProto.FromString(pb.DESCRIPTOR.serialized_pb)
    assert grpc_messages.method_of("text-to-3d").input_type.file.pool is not pb.DESCRIPTOR.pool


def test_ended_is_what_the_service_calls_so():
    for state in JobState:
        ended = models.Job.model_validate(
            JOB | {"status": state, "finished_at": JOB["created_at"] if state in ENDED else None}
        )
        assert ended.ended == (state in ENDED)


def in_a_process(*lines):
    """Runs them where nothing of the service can be imported; what they print."""
    blocked = "import sys; sys.modules.update(dict.fromkeys(['serve', 'galatea', 'deployments', 'compile']))"
    command = [sys.executable, "-W", "error", "-c", "\n".join((blocked, *lines))]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/", check=True).stdout


def test_the_client_needs_nothing_of_the_service():
    out = in_a_process(
        "import galatea_client, pkgutil, importlib",
        "for module in pkgutil.walk_packages(galatea_client.__path__, 'galatea_client.'):",
        "    importlib.import_module(module.name); print(module.name)",
        "galatea_client.Galatea('http://localhost:1').close()",
        "galatea_client.Galatea('grpc://localhost:1').close()",
    )
    assert "galatea_client.wires.grpc" in out.split()


def test_without_the_extra_http_works_and_grpc_says_what_is_missing():
    out = in_a_process(
        "sys.modules.update(dict.fromkeys(['grpc', 'google', 'google.protobuf', 'google.rpc']))",
        "import galatea_client",
        "galatea_client.Galatea('http://localhost:1').close()",
        "for kind in (galatea_client.Galatea, galatea_client.AsyncGalatea):",
        "    try: kind('grpc://localhost:1')",
        "    except galatea_client.UnsupportedError as error: print(error)",
    )
    assert out.count("extra `grpc`") == 2


@pytest.mark.parametrize("kind", [Galatea, AsyncGalatea])
@pytest.mark.parametrize(
    "url", ["", "localhost:8000", "ftp://localhost", "http://", "grpc://[", "http://a:b"]
)
def test_an_address_that_names_no_service_is_refused(kind, url):
    with pytest.raises(InvalidRequestError) as caught:
        kind(url)
    assert (caught.value.code, caught.value.field) == ("invalid_url", "url")


@pytest.mark.parametrize("key", ["ключ", "a\nb", " a"])
def test_a_key_that_no_header_can_hold_is_refused(key):
    with pytest.raises(InvalidRequestError, match="api_key"):
        Galatea("http://localhost:1", key)
