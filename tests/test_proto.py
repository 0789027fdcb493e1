"""The gRPC wire is the Pydantic contracts, field by field; what was generated is what would be generated."""

import contextlib
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from hypothesis import given
from pydantic import AwareDatetime, BaseModel

from serve.admission import new_job
from serve.contracts.errors import MalformedBodyError, UnsupportedFormatError
from serve.contracts.events import EVENT, JobEvent
from serve.contracts.galatea.v1 import galatea_pb2 as pb
from serve.contracts.jobs import JobState, Problem
from serve.contracts.requests import (
    parse_request,
)
from serve.contracts.views import JobPage, JobView, ModelList
from serve.edges.grpc_convert import fields_of, message_of, parse_message
from serve.edges.grpc_methods import (
    DownloadQuery,
    GrpcMethods,
    JobQuery,
    ModelsQuery,
    WatchQuery,
    method_name,
)
from serve.edges.grpc_uploads import UploadHead
from serve.edges.grpc_views import event_message, job_message, request_arm
from serve.edges.job_desk import ListQuery
from serve.operations import CONVERT, OPERATIONS, TEXT_TO_3D, THREE_D_TO_VIDEO
from tests.acceptance_samples import ACCEPTANCE
from tests.film_strategies import films
from tests.request_strategies import conversions, text_requests

ROOT = Path(__file__).resolve().parents[1]
CONTRACTS = ROOT / "serve/contracts"
WIRE = "galatea/v1/galatea"
SERVICE = pb.DESCRIPTOR.services_by_name["GalateaService"]

# Message -> the contract that it is; those below are reached from these.
ROOTS = {
    "CancelJobRequest": JobQuery,
    "DownloadAssetRequest": DownloadQuery,
    "GetJobRequest": JobQuery,
    "Job": JobView,
    "JobPage": JobPage,
    "ListJobsRequest": ListQuery,
    "ListModelsRequest": ModelsQuery,
    "ModelList": ModelList,
    "Problem": Problem,
    "UploadHead": UploadHead,
    "WatchJobRequest": WatchQuery,
} | {operation.request.__name__: operation.request for operation in OPERATIONS}
OF_GRPC_ALONE = {
    "DownloadAssetResponse",  # bytes in pieces, as those of
    "UploadAssetRequest",
    "JobEvent",  # a union, of which the arms are walked
}
SCALARS = {
    str: FieldDescriptor.TYPE_STRING,
    AwareDatetime: FieldDescriptor.TYPE_STRING,
    bool: FieldDescriptor.TYPE_BOOL,
    int: FieldDescriptor.TYPE_DOUBLE,
    float: FieldDescriptor.TYPE_DOUBLE,
}


@pytest.fixture
def database_kind():
    return "sqlite"


def bare(annotation):
    """The type without None, constraints and descriptions."""
    if hasattr(annotation, "__metadata__"):
        return bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        [inner] = [arm for arm in get_args(annotation) if arm is not NoneType]
        return bare(inner)
    return annotation


def walk(message, model, seen, without=()):
    """Compare a message with a contract, and all that they hold."""
    if (message.name, model) in seen:
        return
    seen.add((message.name, model))
    unions = {oneof.name: oneof for oneof in message.oneofs if not oneof.name.startswith("_")}
    arms = {field.name for oneof in unions.values() for field in oneof.fields}
    named = {field.name for field in message.fields} - arms | set(unions)
    assert named == set(model.model_fields) - set(without), message.name
    for name in sorted(named):
        annotation = bare(model.model_fields[name].annotation)
        if name in unions:
            assert annotation == Mapping[str, Any]
            assert {field.name for field in unions[name].fields} == {
                request_arm(row.name) for row in OPERATIONS
            }
        else:
            compare(message.fields_by_name[name], annotation, seen)


def compare(field, annotation, seen):
    origin, where = get_origin(annotation), field.full_name
    if origin is tuple:
        assert field.is_repeated, where
        compare_one(field, bare(get_args(annotation)[0]), seen)
    elif origin is Mapping:
        entry = field.message_type
        assert entry.GetOptions().map_entry, where
        compare_one(entry.fields_by_name["key"], bare(get_args(annotation)[0]), seen)
        compare_one(entry.fields_by_name["value"], bare(get_args(annotation)[1]), seen)
    else:
        assert field.has_presence, f"{where} must be optional, or 0 would read as not set"
        assert not field.is_repeated, where
        compare_one(field, annotation, seen)


def compare_one(field, annotation, seen):
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        assert field.type == FieldDescriptor.TYPE_MESSAGE, field.full_name
        walk(field.message_type, annotation, seen)
    elif isinstance(annotation, type) and issubclass(annotation, Enum):
        names = [value.name for value in field.enum_type.values]
        assert names[0].endswith("_UNSPECIFIED")
        prefix = names[0].removesuffix("UNSPECIFIED")
        assert names[1:] == [prefix + member.value.upper() for member in annotation]
    else:
        assert field.type == SCALARS[annotation], field.full_name


def test_every_message_is_its_contract_and_nothing_else():
    seen = set()
    for name, model in ROOTS.items():
        walk(pb.DESCRIPTOR.message_types_by_name[name], model, seen)
    union = get_args(get_args(JobEvent)[0])
    for field in pb.JobEvent.DESCRIPTOR.oneofs_by_name["kind"].fields:
        [event] = [event for event in union if event.__name__ == field.message_type.name]
        assert get_args(event.model_fields["kind"].annotation) == (field.name,)
        walk(field.message_type, event, seen, without=("seq", "at", "kind"))
    walked = {name for name, _ in seen}
    assert walked | OF_GRPC_ALONE == set(pb.DESCRIPTOR.message_types_by_name)


def test_the_arms_of_an_event_are_the_events():
    union = get_args(get_args(JobEvent)[0])
    kinds = {kind for event in union for kind in get_args(event.model_fields["kind"].annotation)}
    oneof = pb.JobEvent.DESCRIPTOR.oneofs_by_name["kind"]
    assert {field.name for field in oneof.fields} == kinds
    outer = {field.name for field in pb.JobEvent.DESCRIPTOR.fields} - kinds
    assert outer == {"seq", "at"}
    assert get_origin(union[0].model_fields["kind"].annotation) is Literal


def test_every_method_is_answered_and_every_operation_has_one(make_http):
    methods = GrpcMethods(make_http().app.state.backstage, "http://localhost")
    assert {*methods.unary, *methods.inflows, *methods.streams} == set(SERVICE.methods_by_name)
    for name, method in SERVICE.methods_by_name.items():
        assert method.server_streaming == (name in methods.streams)
        assert method.client_streaming == (name in methods.inflows)
    for operation in OPERATIONS:
        method = SERVICE.methods_by_name[method_name(operation)]
        assert method.input_type.name == operation.request.__name__
        arm = pb.Job.DESCRIPTOR.fields_by_name[request_arm(operation.name)]
        assert arm.message_type is method.input_type


def test_numbers_are_doubles_and_no_field_is_of_any_json():
    kinds = {
        field.type for message in pb.DESCRIPTOR.message_types_by_name.values() for field in message.fields
    }
    assert kinds <= {
        FieldDescriptor.TYPE_BOOL,
        FieldDescriptor.TYPE_BYTES,
        FieldDescriptor.TYPE_DOUBLE,
        FieldDescriptor.TYPE_ENUM,
        FieldDescriptor.TYPE_MESSAGE,
        FieldDescriptor.TYPE_STRING,
    }
    assert list(pb.DESCRIPTOR.dependencies) == []


def test_the_committed_messages_are_what_the_proto_generates(tmp_path):
    out = [f"--{kind}_out={tmp_path}" for kind in ("python", "pyi")]
    command = [sys.executable, "-m", "grpc_tools.protoc", "-I", CONTRACTS, *out, f"{WIRE}.proto"]
    subprocess.run(command, check=True, timeout=60)
    for ending in ("_pb2.py", "_pb2.pyi"):
        fresh, kept = (folder / f"{WIRE}{ending}" for folder in (tmp_path, CONTRACTS))
        assert fresh.read_text() == kept.read_text(), "run `make proto`"


def test_the_baseline_holds_all_of_the_proto():
    """So that `buf breaking` guards the newest fields too."""
    image = FileDescriptorSet.FromString((CONTRACTS / "galatea/v1/baseline.binpb").read_bytes())
    [kept] = image.file
    fresh = FileDescriptorProto()
    pb.DESCRIPTOR.CopyToProto(fresh)
    for file in (kept, fresh):
        for message in file.message_type:
            message.ClearField("nested_type")
            for field in message.field:
                field.ClearField("json_name")
    assert [message.name for message in kept.message_type] == [message.name for message in fresh.message_type]
    assert {m.name: list(m.field) for m in kept.message_type} == {
        m.name: list(m.field) for m in fresh.message_type
    }
    assert list(kept.enum_type) == list(fresh.enum_type), "run `make proto`"
    assert list(kept.service) == list(fresh.service)


def over_the_wire(fields, message=pb.TextTo3dRequest):
    return fields_of(parse_message(message, message_of(message, fields).SerializeToString()))


def same_on_both_wires(operation, message, fields):
    there = over_the_wire(fields, message)
    assert there == fields
    ours, theirs = (parse_request(operation.request, given) for given in (fields, there))
    assert theirs == ours
    with contextlib.suppress(UnsupportedFormatError):  # FBX needs an extra
        digests = {new_job(operation, request, "local").request_digest for request in (ours, theirs)}
        assert len(digests) == 1


@given(text_requests)
def test_a_request_is_the_same_on_both_wires(fields):
    same_on_both_wires(TEXT_TO_3D, pb.TextTo3dRequest, fields)


@given(conversions)
def test_a_conversion_is_the_same_on_both_wires(fields):
    same_on_both_wires(CONVERT, pb.ConvertRequest, fields)


@given(films)
def test_a_film_is_the_same_on_both_wires(fields):
    same_on_both_wires(THREE_D_TO_VIDEO, pb.ThreeDToVideoRequest, fields)


@pytest.mark.parametrize(
    ("value", "expected", "kind"),
    [
        (7, "7", int),
        (7.0, "7", int),
        (7.5, "7.5", float),
        (2**53, "9007199254740992", int),
        (2.0**60, "1.152921504606847e+18", float),
        (-0.0, "-0.0", float),
        (0, "0", int),
    ],
)
def test_a_number_is_what_json_would_make_of_it(value, expected, kind):
    [number] = over_the_wire({"seed": value}).values()
    assert (type(number), repr(number)) == (kind, expected)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_json_cannot_say_is_refused(value):
    with pytest.raises(MalformedBodyError, match="no number"):
        over_the_wire({"seed": value})


def test_what_is_not_set_is_absent_and_what_is_zero_is_not():
    assert over_the_wire({}) == {}
    assert over_the_wire({"deadline_s": 0, "negative_prompt": ""}) == {"deadline_s": 0, "negative_prompt": ""}
    assert over_the_wire({"deadline_s": None}) == {}


def test_an_enum_without_a_meaning_is_handed_on_to_be_refused():
    message = pb.TextTo3dRequest(quality=pb.QUALITY_UNSPECIFIED, format=99)
    assert fields_of(message) == {"quality": "unspecified", "format": 99}


def test_a_field_that_is_not_known_is_handed_on_to_be_refused():
    unknown = parse_message(pb.TextTo3dRequest, b"\xf8\x06\x01")  # number 111, varint 1
    assert fields_of(unknown) == {"field 111": None}


@pytest.mark.parametrize("data", [b"\xff", b"\x52\x05abc", b"\x52\x02\xff\xfe"])
def test_bytes_that_are_no_message_are_refused(data):
    with pytest.raises(MalformedBodyError, match=r"no galatea\.v1\.TextTo3dRequest"):
        parse_message(pb.TextTo3dRequest, data)


@pytest.fixture
def view():
    asset = {"digest": "a" * 64, "media_type": "model/gltf-binary", "bytes": 7, "url": "http://localhost/a"}
    cost = {"cpu_s": 0.5, "gpu_s": 0.0, "byte_count": 3}
    return JobView.model_validate(
        {
            "job_id": "0" * 26,
            "operation": "text-to-3d",
            "status": "completed",
            "priority": "batch",
            "progress": 1.0,
            "estimated_time": None,
            "queue_position": None,
            "created_at": datetime(2030, 1, 2, tzinfo=UTC),
            "started_at": datetime(2030, 1, 2, 0, 0, 1, 500_000, tzinfo=UTC),
            "finished_at": None,
            "deadline_at": None,
            "attempt": 0,
            "request": {"prompt": "a lamp", "seed": 0, "format": "glb", "guidance_scale": 7.5},
            "download_url": "http://localhost/a",
            "result": {
                "assets": {"glb": asset, "picture": asset | {"bytes": 0}},
                "report": [{"stage": "export", "cached": False, "wall_s": 0.25, "cost": cost}],
                "manifest": asset,
                "warnings": ["it is small"],
                "seed": 0,
                "cost": cost,
                "acceptance": ACCEPTANCE.model_dump(mode="json"),
            },
            "error": Problem(type="t", title="t", status=500, detail="d", code="internal", retryable=False),
        }
    )


def without_nulls(value):
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def as_http_has_it(view):
    fields = without_nulls(view.model_dump(mode="json"))
    return {"text_to_3d" if name == "request" else name: value for name, value in fields.items()}


def test_a_job_is_the_same_document_on_both_wires(view):
    data = job_message(view).SerializeToString()
    assert fields_of(pb.Job.FromString(data)) == as_http_has_it(view)


def test_an_event_is_its_arm(view):
    at = "2030-01-02T00:00:00Z"
    ended = EVENT.validate_python(
        {"kind": "finished", "seq": 9, "at": at, "state": JobState.COMPLETED, "job": view}
    )
    expected = {"seq": 9, "at": at, "finished": {"state": "completed", "job": as_http_has_it(view)}}
    assert fields_of(event_message(ended)) == expected
    queued = EVENT.validate_python({"kind": "queued", "seq": 1, "at": at})
    assert fields_of(event_message(queued)) == {"seq": 1, "at": at, "queued": {}}
