from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Priority(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRIORITY_UNSPECIFIED: _ClassVar[Priority]
    PRIORITY_INTERACTIVE: _ClassVar[Priority]
    PRIORITY_NORMAL: _ClassVar[Priority]
    PRIORITY_BATCH: _ClassVar[Priority]

class Quality(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    QUALITY_UNSPECIFIED: _ClassVar[Quality]
    QUALITY_DRAFT: _ClassVar[Quality]
    QUALITY_MEDIUM: _ClassVar[Quality]
    QUALITY_HIGH: _ClassVar[Quality]
    QUALITY_ULTRA: _ClassVar[Quality]

class AssetFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ASSET_FORMAT_UNSPECIFIED: _ClassVar[AssetFormat]
    ASSET_FORMAT_GLB: _ClassVar[AssetFormat]
    ASSET_FORMAT_OBJ: _ClassVar[AssetFormat]
    ASSET_FORMAT_PLY: _ClassVar[AssetFormat]
    ASSET_FORMAT_STL: _ClassVar[AssetFormat]
    ASSET_FORMAT_USDZ: _ClassVar[AssetFormat]
    ASSET_FORMAT_FBX: _ClassVar[AssetFormat]

class JobState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    JOB_STATE_UNSPECIFIED: _ClassVar[JobState]
    JOB_STATE_QUEUED: _ClassVar[JobState]
    JOB_STATE_RUNNING: _ClassVar[JobState]
    JOB_STATE_COMPLETED: _ClassVar[JobState]
    JOB_STATE_FAILED: _ClassVar[JobState]
    JOB_STATE_CANCELLED: _ClassVar[JobState]
PRIORITY_UNSPECIFIED: Priority
PRIORITY_INTERACTIVE: Priority
PRIORITY_NORMAL: Priority
PRIORITY_BATCH: Priority
QUALITY_UNSPECIFIED: Quality
QUALITY_DRAFT: Quality
QUALITY_MEDIUM: Quality
QUALITY_HIGH: Quality
QUALITY_ULTRA: Quality
ASSET_FORMAT_UNSPECIFIED: AssetFormat
ASSET_FORMAT_GLB: AssetFormat
ASSET_FORMAT_OBJ: AssetFormat
ASSET_FORMAT_PLY: AssetFormat
ASSET_FORMAT_STL: AssetFormat
ASSET_FORMAT_USDZ: AssetFormat
ASSET_FORMAT_FBX: AssetFormat
JOB_STATE_UNSPECIFIED: JobState
JOB_STATE_QUEUED: JobState
JOB_STATE_RUNNING: JobState
JOB_STATE_COMPLETED: JobState
JOB_STATE_FAILED: JobState
JOB_STATE_CANCELLED: JobState

class TextTo3dRequest(_message.Message):
    __slots__ = ("priority", "deadline_s", "webhook_url", "prompt", "negative_prompt", "format", "quality", "poly_count", "texture_size", "guidance_scale", "seed")
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_S_FIELD_NUMBER: _ClassVar[int]
    WEBHOOK_URL_FIELD_NUMBER: _ClassVar[int]
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    NEGATIVE_PROMPT_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    POLY_COUNT_FIELD_NUMBER: _ClassVar[int]
    TEXTURE_SIZE_FIELD_NUMBER: _ClassVar[int]
    GUIDANCE_SCALE_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    priority: Priority
    deadline_s: float
    webhook_url: str
    prompt: str
    negative_prompt: str
    format: AssetFormat
    quality: Quality
    poly_count: float
    texture_size: float
    guidance_scale: float
    seed: float
    def __init__(self, priority: _Optional[_Union[Priority, str]] = ..., deadline_s: _Optional[float] = ..., webhook_url: _Optional[str] = ..., prompt: _Optional[str] = ..., negative_prompt: _Optional[str] = ..., format: _Optional[_Union[AssetFormat, str]] = ..., quality: _Optional[_Union[Quality, str]] = ..., poly_count: _Optional[float] = ..., texture_size: _Optional[float] = ..., guidance_scale: _Optional[float] = ..., seed: _Optional[float] = ...) -> None: ...

class GetJobRequest(_message.Message):
    __slots__ = ("job_id",)
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    def __init__(self, job_id: _Optional[str] = ...) -> None: ...

class CancelJobRequest(_message.Message):
    __slots__ = ("job_id",)
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    def __init__(self, job_id: _Optional[str] = ...) -> None: ...

class ListJobsRequest(_message.Message):
    __slots__ = ("status", "operation", "limit", "after")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    status: JobState
    operation: str
    limit: float
    after: str
    def __init__(self, status: _Optional[_Union[JobState, str]] = ..., operation: _Optional[str] = ..., limit: _Optional[float] = ..., after: _Optional[str] = ...) -> None: ...

class WatchJobRequest(_message.Message):
    __slots__ = ("job_id", "after")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    after: float
    def __init__(self, job_id: _Optional[str] = ..., after: _Optional[float] = ...) -> None: ...

class ListModelsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Job(_message.Message):
    __slots__ = ("job_id", "operation", "status", "priority", "progress", "estimated_time", "queue_position", "created_at", "started_at", "finished_at", "deadline_at", "attempt", "text_to_3d", "download_url", "result", "error")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_TIME_FIELD_NUMBER: _ClassVar[int]
    QUEUE_POSITION_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    FINISHED_AT_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_AT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    TEXT_TO_3D_FIELD_NUMBER: _ClassVar[int]
    DOWNLOAD_URL_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    operation: str
    status: JobState
    priority: Priority
    progress: float
    estimated_time: float
    queue_position: float
    created_at: str
    started_at: str
    finished_at: str
    deadline_at: str
    attempt: float
    text_to_3d: TextTo3dRequest
    download_url: str
    result: Result
    error: Problem
    def __init__(self, job_id: _Optional[str] = ..., operation: _Optional[str] = ..., status: _Optional[_Union[JobState, str]] = ..., priority: _Optional[_Union[Priority, str]] = ..., progress: _Optional[float] = ..., estimated_time: _Optional[float] = ..., queue_position: _Optional[float] = ..., created_at: _Optional[str] = ..., started_at: _Optional[str] = ..., finished_at: _Optional[str] = ..., deadline_at: _Optional[str] = ..., attempt: _Optional[float] = ..., text_to_3d: _Optional[_Union[TextTo3dRequest, _Mapping]] = ..., download_url: _Optional[str] = ..., result: _Optional[_Union[Result, _Mapping]] = ..., error: _Optional[_Union[Problem, _Mapping]] = ...) -> None: ...

class JobPage(_message.Message):
    __slots__ = ("jobs", "next")
    JOBS_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    jobs: _containers.RepeatedCompositeFieldContainer[Job]
    next: str
    def __init__(self, jobs: _Optional[_Iterable[_Union[Job, _Mapping]]] = ..., next: _Optional[str] = ...) -> None: ...

class Result(_message.Message):
    __slots__ = ("assets", "report", "manifest", "warnings", "seed", "cost")
    class AssetsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: Asset
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Asset, _Mapping]] = ...) -> None: ...
    ASSETS_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    assets: _containers.MessageMap[str, Asset]
    report: _containers.RepeatedCompositeFieldContainer[StageReport]
    manifest: Asset
    warnings: _containers.RepeatedScalarFieldContainer[str]
    seed: float
    cost: Cost
    def __init__(self, assets: _Optional[_Mapping[str, Asset]] = ..., report: _Optional[_Iterable[_Union[StageReport, _Mapping]]] = ..., manifest: _Optional[_Union[Asset, _Mapping]] = ..., warnings: _Optional[_Iterable[str]] = ..., seed: _Optional[float] = ..., cost: _Optional[_Union[Cost, _Mapping]] = ...) -> None: ...

class Asset(_message.Message):
    __slots__ = ("digest", "media_type", "bytes", "url")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    digest: str
    media_type: str
    bytes: float
    url: str
    def __init__(self, digest: _Optional[str] = ..., media_type: _Optional[str] = ..., bytes: _Optional[float] = ..., url: _Optional[str] = ...) -> None: ...

class StageReport(_message.Message):
    __slots__ = ("stage", "cached", "wall_s", "cost")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    CACHED_FIELD_NUMBER: _ClassVar[int]
    WALL_S_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    stage: str
    cached: bool
    wall_s: float
    cost: Cost
    def __init__(self, stage: _Optional[str] = ..., cached: _Optional[bool] = ..., wall_s: _Optional[float] = ..., cost: _Optional[_Union[Cost, _Mapping]] = ...) -> None: ...

class Cost(_message.Message):
    __slots__ = ("cpu_s", "gpu_s", "byte_count")
    CPU_S_FIELD_NUMBER: _ClassVar[int]
    GPU_S_FIELD_NUMBER: _ClassVar[int]
    BYTE_COUNT_FIELD_NUMBER: _ClassVar[int]
    cpu_s: float
    gpu_s: float
    byte_count: float
    def __init__(self, cpu_s: _Optional[float] = ..., gpu_s: _Optional[float] = ..., byte_count: _Optional[float] = ...) -> None: ...

class Problem(_message.Message):
    __slots__ = ("type", "title", "status", "detail", "code", "retryable", "field", "retry_after_s", "predicted_start_s")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    RETRYABLE_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_S_FIELD_NUMBER: _ClassVar[int]
    PREDICTED_START_S_FIELD_NUMBER: _ClassVar[int]
    type: str
    title: str
    status: float
    detail: str
    code: str
    retryable: bool
    field: str
    retry_after_s: float
    predicted_start_s: float
    def __init__(self, type: _Optional[str] = ..., title: _Optional[str] = ..., status: _Optional[float] = ..., detail: _Optional[str] = ..., code: _Optional[str] = ..., retryable: _Optional[bool] = ..., field: _Optional[str] = ..., retry_after_s: _Optional[float] = ..., predicted_start_s: _Optional[float] = ...) -> None: ...

class ModelList(_message.Message):
    __slots__ = ("models",)
    MODELS_FIELD_NUMBER: _ClassVar[int]
    models: _containers.RepeatedCompositeFieldContainer[Model]
    def __init__(self, models: _Optional[_Iterable[_Union[Model, _Mapping]]] = ...) -> None: ...

class Model(_message.Message):
    __slots__ = ("name", "version", "digest", "licence", "source", "summary", "inputs", "outputs", "max_batch_count", "categories")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    MAX_BATCH_COUNT_FIELD_NUMBER: _ClassVar[int]
    CATEGORIES_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: float
    digest: str
    licence: str
    source: str
    summary: str
    inputs: _containers.RepeatedCompositeFieldContainer[Tensor]
    outputs: _containers.RepeatedCompositeFieldContainer[Tensor]
    max_batch_count: float
    categories: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., version: _Optional[float] = ..., digest: _Optional[str] = ..., licence: _Optional[str] = ..., source: _Optional[str] = ..., summary: _Optional[str] = ..., inputs: _Optional[_Iterable[_Union[Tensor, _Mapping]]] = ..., outputs: _Optional[_Iterable[_Union[Tensor, _Mapping]]] = ..., max_batch_count: _Optional[float] = ..., categories: _Optional[_Iterable[str]] = ...) -> None: ...

class Tensor(_message.Message):
    __slots__ = ("name", "dtype", "shape", "meaning")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DTYPE_FIELD_NUMBER: _ClassVar[int]
    SHAPE_FIELD_NUMBER: _ClassVar[int]
    MEANING_FIELD_NUMBER: _ClassVar[int]
    name: str
    dtype: str
    shape: _containers.RepeatedScalarFieldContainer[float]
    meaning: str
    def __init__(self, name: _Optional[str] = ..., dtype: _Optional[str] = ..., shape: _Optional[_Iterable[float]] = ..., meaning: _Optional[str] = ...) -> None: ...

class JobEvent(_message.Message):
    __slots__ = ("seq", "at", "queued", "started", "stage_started", "progress", "preview", "stage_finished", "finished")
    SEQ_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    QUEUED_FIELD_NUMBER: _ClassVar[int]
    STARTED_FIELD_NUMBER: _ClassVar[int]
    STAGE_STARTED_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    PREVIEW_FIELD_NUMBER: _ClassVar[int]
    STAGE_FINISHED_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    seq: float
    at: str
    queued: JobQueued
    started: JobStarted
    stage_started: StageStarted
    progress: JobProgress
    preview: StagePreview
    stage_finished: StageFinished
    finished: JobFinished
    def __init__(self, seq: _Optional[float] = ..., at: _Optional[str] = ..., queued: _Optional[_Union[JobQueued, _Mapping]] = ..., started: _Optional[_Union[JobStarted, _Mapping]] = ..., stage_started: _Optional[_Union[StageStarted, _Mapping]] = ..., progress: _Optional[_Union[JobProgress, _Mapping]] = ..., preview: _Optional[_Union[StagePreview, _Mapping]] = ..., stage_finished: _Optional[_Union[StageFinished, _Mapping]] = ..., finished: _Optional[_Union[JobFinished, _Mapping]] = ...) -> None: ...

class JobQueued(_message.Message):
    __slots__ = ("error",)
    ERROR_FIELD_NUMBER: _ClassVar[int]
    error: str
    def __init__(self, error: _Optional[str] = ...) -> None: ...

class JobStarted(_message.Message):
    __slots__ = ("attempt",)
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    attempt: float
    def __init__(self, attempt: _Optional[float] = ...) -> None: ...

class StageStarted(_message.Message):
    __slots__ = ("stage", "shared")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    SHARED_FIELD_NUMBER: _ClassVar[int]
    stage: str
    shared: bool
    def __init__(self, stage: _Optional[str] = ..., shared: _Optional[bool] = ...) -> None: ...

class JobProgress(_message.Message):
    __slots__ = ("progress",)
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    progress: float
    def __init__(self, progress: _Optional[float] = ...) -> None: ...

class StagePreview(_message.Message):
    __slots__ = ("stage", "asset")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    ASSET_FIELD_NUMBER: _ClassVar[int]
    stage: str
    asset: Asset
    def __init__(self, stage: _Optional[str] = ..., asset: _Optional[_Union[Asset, _Mapping]] = ...) -> None: ...

class StageFinished(_message.Message):
    __slots__ = ("stage", "cached")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    CACHED_FIELD_NUMBER: _ClassVar[int]
    stage: str
    cached: bool
    def __init__(self, stage: _Optional[str] = ..., cached: _Optional[bool] = ...) -> None: ...

class JobFinished(_message.Message):
    __slots__ = ("state", "job")
    STATE_FIELD_NUMBER: _ClassVar[int]
    JOB_FIELD_NUMBER: _ClassVar[int]
    state: JobState
    job: Job
    def __init__(self, state: _Optional[_Union[JobState, str]] = ..., job: _Optional[_Union[Job, _Mapping]] = ...) -> None: ...

class UploadAssetRequest(_message.Message):
    __slots__ = ("head", "data")
    HEAD_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    head: UploadHead
    data: bytes
    def __init__(self, head: _Optional[_Union[UploadHead, _Mapping]] = ..., data: _Optional[bytes] = ...) -> None: ...

class UploadHead(_message.Message):
    __slots__ = ("media_type", "bytes")
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    media_type: str
    bytes: float
    def __init__(self, media_type: _Optional[str] = ..., bytes: _Optional[float] = ...) -> None: ...

class DownloadAssetRequest(_message.Message):
    __slots__ = ("digest", "start", "stop")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    STOP_FIELD_NUMBER: _ClassVar[int]
    digest: str
    start: float
    stop: float
    def __init__(self, digest: _Optional[str] = ..., start: _Optional[float] = ..., stop: _Optional[float] = ...) -> None: ...

class DownloadAssetResponse(_message.Message):
    __slots__ = ("data",)
    DATA_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    def __init__(self, data: _Optional[bytes] = ...) -> None: ...
