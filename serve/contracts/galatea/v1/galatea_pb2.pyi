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
    ASSET_FORMAT_GLTF: _ClassVar[AssetFormat]

class Compression(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMPRESSION_UNSPECIFIED: _ClassVar[Compression]
    COMPRESSION_NONE: _ClassVar[Compression]
    COMPRESSION_MESHOPT: _ClassVar[Compression]

class UpAxis(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UP_AXIS_UNSPECIFIED: _ClassVar[UpAxis]
    UP_AXIS_AUTO: _ClassVar[UpAxis]
    UP_AXIS_Y: _ClassVar[UpAxis]
    UP_AXIS_Z: _ClassVar[UpAxis]

class Pivot(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PIVOT_UNSPECIFIED: _ClassVar[Pivot]
    PIVOT_KEEP: _ClassVar[Pivot]
    PIVOT_CENTRE: _ClassVar[Pivot]
    PIVOT_BOTTOM: _ClassVar[Pivot]

class HoleFilling(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HOLE_FILLING_UNSPECIFIED: _ClassVar[HoleFilling]
    HOLE_FILLING_NONE: _ClassVar[HoleFilling]
    HOLE_FILLING_SMALL: _ClassVar[HoleFilling]
    HOLE_FILLING_ALL: _ClassVar[HoleFilling]

class AcceptancePolicy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACCEPTANCE_POLICY_UNSPECIFIED: _ClassVar[AcceptancePolicy]
    ACCEPTANCE_POLICY_STRICT: _ClassVar[AcceptancePolicy]
    ACCEPTANCE_POLICY_GAME: _ClassVar[AcceptancePolicy]
    ACCEPTANCE_POLICY_PRINT: _ClassVar[AcceptancePolicy]
    ACCEPTANCE_POLICY_SIM: _ClassVar[AcceptancePolicy]

class SelfIntersectionMethod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SELF_INTERSECTION_METHOD_UNSPECIFIED: _ClassVar[SelfIntersectionMethod]
    SELF_INTERSECTION_METHOD_EXACT: _ClassVar[SelfIntersectionMethod]
    SELF_INTERSECTION_METHOD_SAMPLED: _ClassVar[SelfIntersectionMethod]

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
ASSET_FORMAT_GLTF: AssetFormat
COMPRESSION_UNSPECIFIED: Compression
COMPRESSION_NONE: Compression
COMPRESSION_MESHOPT: Compression
UP_AXIS_UNSPECIFIED: UpAxis
UP_AXIS_AUTO: UpAxis
UP_AXIS_Y: UpAxis
UP_AXIS_Z: UpAxis
PIVOT_UNSPECIFIED: Pivot
PIVOT_KEEP: Pivot
PIVOT_CENTRE: Pivot
PIVOT_BOTTOM: Pivot
HOLE_FILLING_UNSPECIFIED: HoleFilling
HOLE_FILLING_NONE: HoleFilling
HOLE_FILLING_SMALL: HoleFilling
HOLE_FILLING_ALL: HoleFilling
ACCEPTANCE_POLICY_UNSPECIFIED: AcceptancePolicy
ACCEPTANCE_POLICY_STRICT: AcceptancePolicy
ACCEPTANCE_POLICY_GAME: AcceptancePolicy
ACCEPTANCE_POLICY_PRINT: AcceptancePolicy
ACCEPTANCE_POLICY_SIM: AcceptancePolicy
SELF_INTERSECTION_METHOD_UNSPECIFIED: SelfIntersectionMethod
SELF_INTERSECTION_METHOD_EXACT: SelfIntersectionMethod
SELF_INTERSECTION_METHOD_SAMPLED: SelfIntersectionMethod
JOB_STATE_UNSPECIFIED: JobState
JOB_STATE_QUEUED: JobState
JOB_STATE_RUNNING: JobState
JOB_STATE_COMPLETED: JobState
JOB_STATE_FAILED: JobState
JOB_STATE_CANCELLED: JobState

class TextTo3dRequest(_message.Message):
    __slots__ = ("priority", "deadline_s", "webhook_url", "prompt", "negative_prompt", "format", "quality", "poly_count", "texture_size", "guidance_scale", "seed", "lod_count", "compression", "policy")
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
    LOD_COUNT_FIELD_NUMBER: _ClassVar[int]
    COMPRESSION_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
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
    lod_count: float
    compression: Compression
    policy: AcceptancePolicy
    def __init__(self, priority: _Optional[_Union[Priority, str]] = ..., deadline_s: _Optional[float] = ..., webhook_url: _Optional[str] = ..., prompt: _Optional[str] = ..., negative_prompt: _Optional[str] = ..., format: _Optional[_Union[AssetFormat, str]] = ..., quality: _Optional[_Union[Quality, str]] = ..., poly_count: _Optional[float] = ..., texture_size: _Optional[float] = ..., guidance_scale: _Optional[float] = ..., seed: _Optional[float] = ..., lod_count: _Optional[float] = ..., compression: _Optional[_Union[Compression, str]] = ..., policy: _Optional[_Union[AcceptancePolicy, str]] = ...) -> None: ...

class ConvertRequest(_message.Message):
    __slots__ = ("priority", "deadline_s", "webhook_url", "asset", "formats", "name", "up_axis", "unit_m", "longest_m", "pivot", "repair", "fill_holes", "smooth_count", "remesh_resolution", "poly_count", "texture_size", "lod_count", "compression", "policy")
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_S_FIELD_NUMBER: _ClassVar[int]
    WEBHOOK_URL_FIELD_NUMBER: _ClassVar[int]
    ASSET_FIELD_NUMBER: _ClassVar[int]
    FORMATS_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    UP_AXIS_FIELD_NUMBER: _ClassVar[int]
    UNIT_M_FIELD_NUMBER: _ClassVar[int]
    LONGEST_M_FIELD_NUMBER: _ClassVar[int]
    PIVOT_FIELD_NUMBER: _ClassVar[int]
    REPAIR_FIELD_NUMBER: _ClassVar[int]
    FILL_HOLES_FIELD_NUMBER: _ClassVar[int]
    SMOOTH_COUNT_FIELD_NUMBER: _ClassVar[int]
    REMESH_RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    POLY_COUNT_FIELD_NUMBER: _ClassVar[int]
    TEXTURE_SIZE_FIELD_NUMBER: _ClassVar[int]
    LOD_COUNT_FIELD_NUMBER: _ClassVar[int]
    COMPRESSION_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    priority: Priority
    deadline_s: float
    webhook_url: str
    asset: str
    formats: _containers.RepeatedScalarFieldContainer[AssetFormat]
    name: str
    up_axis: UpAxis
    unit_m: float
    longest_m: float
    pivot: Pivot
    repair: bool
    fill_holes: HoleFilling
    smooth_count: float
    remesh_resolution: float
    poly_count: float
    texture_size: float
    lod_count: float
    compression: Compression
    policy: AcceptancePolicy
    def __init__(self, priority: _Optional[_Union[Priority, str]] = ..., deadline_s: _Optional[float] = ..., webhook_url: _Optional[str] = ..., asset: _Optional[str] = ..., formats: _Optional[_Iterable[_Union[AssetFormat, str]]] = ..., name: _Optional[str] = ..., up_axis: _Optional[_Union[UpAxis, str]] = ..., unit_m: _Optional[float] = ..., longest_m: _Optional[float] = ..., pivot: _Optional[_Union[Pivot, str]] = ..., repair: _Optional[bool] = ..., fill_holes: _Optional[_Union[HoleFilling, str]] = ..., smooth_count: _Optional[float] = ..., remesh_resolution: _Optional[float] = ..., poly_count: _Optional[float] = ..., texture_size: _Optional[float] = ..., lod_count: _Optional[float] = ..., compression: _Optional[_Union[Compression, str]] = ..., policy: _Optional[_Union[AcceptancePolicy, str]] = ...) -> None: ...

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
    __slots__ = ("job_id", "operation", "status", "priority", "progress", "estimated_time", "queue_position", "created_at", "started_at", "finished_at", "deadline_at", "attempt", "text_to_3d", "convert", "download_url", "result", "error")
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
    CONVERT_FIELD_NUMBER: _ClassVar[int]
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
    convert: ConvertRequest
    download_url: str
    result: Result
    error: Problem
    def __init__(self, job_id: _Optional[str] = ..., operation: _Optional[str] = ..., status: _Optional[_Union[JobState, str]] = ..., priority: _Optional[_Union[Priority, str]] = ..., progress: _Optional[float] = ..., estimated_time: _Optional[float] = ..., queue_position: _Optional[float] = ..., created_at: _Optional[str] = ..., started_at: _Optional[str] = ..., finished_at: _Optional[str] = ..., deadline_at: _Optional[str] = ..., attempt: _Optional[float] = ..., text_to_3d: _Optional[_Union[TextTo3dRequest, _Mapping]] = ..., convert: _Optional[_Union[ConvertRequest, _Mapping]] = ..., download_url: _Optional[str] = ..., result: _Optional[_Union[Result, _Mapping]] = ..., error: _Optional[_Union[Problem, _Mapping]] = ...) -> None: ...

class JobPage(_message.Message):
    __slots__ = ("jobs", "next")
    JOBS_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    jobs: _containers.RepeatedCompositeFieldContainer[Job]
    next: str
    def __init__(self, jobs: _Optional[_Iterable[_Union[Job, _Mapping]]] = ..., next: _Optional[str] = ...) -> None: ...

class Result(_message.Message):
    __slots__ = ("assets", "report", "manifest", "warnings", "seed", "cost", "acceptance")
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
    ACCEPTANCE_FIELD_NUMBER: _ClassVar[int]
    assets: _containers.MessageMap[str, Asset]
    report: _containers.RepeatedCompositeFieldContainer[StageReport]
    manifest: Asset
    warnings: _containers.RepeatedScalarFieldContainer[str]
    seed: float
    cost: Cost
    acceptance: Acceptance
    def __init__(self, assets: _Optional[_Mapping[str, Asset]] = ..., report: _Optional[_Iterable[_Union[StageReport, _Mapping]]] = ..., manifest: _Optional[_Union[Asset, _Mapping]] = ..., warnings: _Optional[_Iterable[str]] = ..., seed: _Optional[float] = ..., cost: _Optional[_Union[Cost, _Mapping]] = ..., acceptance: _Optional[_Union[Acceptance, _Mapping]] = ...) -> None: ...

class Acceptance(_message.Message):
    __slots__ = ("policy", "accepted", "checks", "vertex_count", "face_count", "component_count", "part_count", "watertight", "boundary_edge_count", "nonmanifold_edge_count", "nonmanifold_vertex_count", "misoriented_edge_count", "inverted_component_count", "self_intersection_count", "self_intersection_method", "degenerate_face_count", "duplicate_face_count", "sliver_face_count", "volume_m3", "area_m2", "bounds_m", "texture", "materials", "byte_count")
    POLICY_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    VERTEX_COUNT_FIELD_NUMBER: _ClassVar[int]
    FACE_COUNT_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    PART_COUNT_FIELD_NUMBER: _ClassVar[int]
    WATERTIGHT_FIELD_NUMBER: _ClassVar[int]
    BOUNDARY_EDGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    NONMANIFOLD_EDGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    NONMANIFOLD_VERTEX_COUNT_FIELD_NUMBER: _ClassVar[int]
    MISORIENTED_EDGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    INVERTED_COMPONENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    SELF_INTERSECTION_COUNT_FIELD_NUMBER: _ClassVar[int]
    SELF_INTERSECTION_METHOD_FIELD_NUMBER: _ClassVar[int]
    DEGENERATE_FACE_COUNT_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FACE_COUNT_FIELD_NUMBER: _ClassVar[int]
    SLIVER_FACE_COUNT_FIELD_NUMBER: _ClassVar[int]
    VOLUME_M3_FIELD_NUMBER: _ClassVar[int]
    AREA_M2_FIELD_NUMBER: _ClassVar[int]
    BOUNDS_M_FIELD_NUMBER: _ClassVar[int]
    TEXTURE_FIELD_NUMBER: _ClassVar[int]
    MATERIALS_FIELD_NUMBER: _ClassVar[int]
    BYTE_COUNT_FIELD_NUMBER: _ClassVar[int]
    policy: AcceptancePolicy
    accepted: bool
    checks: _containers.RepeatedCompositeFieldContainer[AcceptanceCheck]
    vertex_count: float
    face_count: float
    component_count: float
    part_count: float
    watertight: bool
    boundary_edge_count: float
    nonmanifold_edge_count: float
    nonmanifold_vertex_count: float
    misoriented_edge_count: float
    inverted_component_count: float
    self_intersection_count: float
    self_intersection_method: SelfIntersectionMethod
    degenerate_face_count: float
    duplicate_face_count: float
    sliver_face_count: float
    volume_m3: float
    area_m2: float
    bounds_m: Bounds
    texture: TextureReport
    materials: _containers.RepeatedCompositeFieldContainer[MaterialReport]
    byte_count: float
    def __init__(self, policy: _Optional[_Union[AcceptancePolicy, str]] = ..., accepted: _Optional[bool] = ..., checks: _Optional[_Iterable[_Union[AcceptanceCheck, _Mapping]]] = ..., vertex_count: _Optional[float] = ..., face_count: _Optional[float] = ..., component_count: _Optional[float] = ..., part_count: _Optional[float] = ..., watertight: _Optional[bool] = ..., boundary_edge_count: _Optional[float] = ..., nonmanifold_edge_count: _Optional[float] = ..., nonmanifold_vertex_count: _Optional[float] = ..., misoriented_edge_count: _Optional[float] = ..., inverted_component_count: _Optional[float] = ..., self_intersection_count: _Optional[float] = ..., self_intersection_method: _Optional[_Union[SelfIntersectionMethod, str]] = ..., degenerate_face_count: _Optional[float] = ..., duplicate_face_count: _Optional[float] = ..., sliver_face_count: _Optional[float] = ..., volume_m3: _Optional[float] = ..., area_m2: _Optional[float] = ..., bounds_m: _Optional[_Union[Bounds, _Mapping]] = ..., texture: _Optional[_Union[TextureReport, _Mapping]] = ..., materials: _Optional[_Iterable[_Union[MaterialReport, _Mapping]]] = ..., byte_count: _Optional[float] = ...) -> None: ...

class AcceptanceCheck(_message.Message):
    __slots__ = ("name", "passed", "message")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PASSED_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    name: str
    passed: bool
    message: str
    def __init__(self, name: _Optional[str] = ..., passed: _Optional[bool] = ..., message: _Optional[str] = ...) -> None: ...

class Bounds(_message.Message):
    __slots__ = ("lower", "upper")
    LOWER_FIELD_NUMBER: _ClassVar[int]
    UPPER_FIELD_NUMBER: _ClassVar[int]
    lower: _containers.RepeatedScalarFieldContainer[float]
    upper: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, lower: _Optional[_Iterable[float]] = ..., upper: _Optional[_Iterable[float]] = ...) -> None: ...

class TextureReport(_message.Message):
    __slots__ = ("size_px", "coverage", "overlap", "texels_per_m")
    SIZE_PX_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    OVERLAP_FIELD_NUMBER: _ClassVar[int]
    TEXELS_PER_M_FIELD_NUMBER: _ClassVar[int]
    size_px: float
    coverage: float
    overlap: float
    texels_per_m: float
    def __init__(self, size_px: _Optional[float] = ..., coverage: _Optional[float] = ..., overlap: _Optional[float] = ..., texels_per_m: _Optional[float] = ...) -> None: ...

class MaterialReport(_message.Message):
    __slots__ = ("name", "base_color", "roughness", "metallic", "opacity", "textured", "face_count")
    NAME_FIELD_NUMBER: _ClassVar[int]
    BASE_COLOR_FIELD_NUMBER: _ClassVar[int]
    ROUGHNESS_FIELD_NUMBER: _ClassVar[int]
    METALLIC_FIELD_NUMBER: _ClassVar[int]
    OPACITY_FIELD_NUMBER: _ClassVar[int]
    TEXTURED_FIELD_NUMBER: _ClassVar[int]
    FACE_COUNT_FIELD_NUMBER: _ClassVar[int]
    name: str
    base_color: _containers.RepeatedScalarFieldContainer[float]
    roughness: float
    metallic: float
    opacity: float
    textured: bool
    face_count: float
    def __init__(self, name: _Optional[str] = ..., base_color: _Optional[_Iterable[float]] = ..., roughness: _Optional[float] = ..., metallic: _Optional[float] = ..., opacity: _Optional[float] = ..., textured: _Optional[bool] = ..., face_count: _Optional[float] = ...) -> None: ...

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
