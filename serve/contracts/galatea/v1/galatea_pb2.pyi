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

class CameraMove(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAMERA_MOVE_UNSPECIFIED: _ClassVar[CameraMove]
    CAMERA_MOVE_STILL: _ClassVar[CameraMove]
    CAMERA_MOVE_ORBIT: _ClassVar[CameraMove]
    CAMERA_MOVE_DOLLY: _ClassVar[CameraMove]
    CAMERA_MOVE_CRANE: _ClassVar[CameraMove]
    CAMERA_MOVE_SPIRAL: _ClassVar[CameraMove]
    CAMERA_MOVE_KEYFRAMES: _ClassVar[CameraMove]

class Easing(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EASING_UNSPECIFIED: _ClassVar[Easing]
    EASING_LINEAR: _ClassVar[Easing]
    EASING_IN: _ClassVar[Easing]
    EASING_OUT: _ClassVar[Easing]
    EASING_IN_OUT: _ClassVar[Easing]

class MotionPreset(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MOTION_PRESET_UNSPECIFIED: _ClassVar[MotionPreset]
    MOTION_PRESET_NONE: _ClassVar[MotionPreset]
    MOTION_PRESET_SPIN: _ClassVar[MotionPreset]
    MOTION_PRESET_BOUNCE: _ClassVar[MotionPreset]
    MOTION_PRESET_WALK: _ClassVar[MotionPreset]
    MOTION_PRESET_WAVE: _ClassVar[MotionPreset]
    MOTION_PRESET_FLY: _ClassVar[MotionPreset]
    MOTION_PRESET_DRIVE: _ClassVar[MotionPreset]
    MOTION_PRESET_IDLE: _ClassVar[MotionPreset]
    MOTION_PRESET_EXPLODE: _ClassVar[MotionPreset]
    MOTION_PRESET_BVH: _ClassVar[MotionPreset]

class LightPreset(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LIGHT_PRESET_UNSPECIFIED: _ClassVar[LightPreset]
    LIGHT_PRESET_STUDIO: _ClassVar[LightPreset]
    LIGHT_PRESET_DARK: _ClassVar[LightPreset]
    LIGHT_PRESET_DAYLIGHT: _ClassVar[LightPreset]
    LIGHT_PRESET_SUNSET: _ClassVar[LightPreset]
    LIGHT_PRESET_OVERCAST: _ClassVar[LightPreset]
    LIGHT_PRESET_NIGHT: _ClassVar[LightPreset]

class BackgroundKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BACKGROUND_KIND_UNSPECIFIED: _ClassVar[BackgroundKind]
    BACKGROUND_KIND_LIGHT: _ClassVar[BackgroundKind]
    BACKGROUND_KIND_COLOR: _ClassVar[BackgroundKind]
    BACKGROUND_KIND_GRADIENT: _ClassVar[BackgroundKind]
    BACKGROUND_KIND_TRANSPARENT: _ClassVar[BackgroundKind]

class Codec(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CODEC_UNSPECIFIED: _ClassVar[Codec]
    CODEC_H264: _ClassVar[Codec]
    CODEC_H265: _ClassVar[Codec]
    CODEC_AV1: _ClassVar[Codec]
    CODEC_VP9: _ClassVar[Codec]
    CODEC_GIF: _ClassVar[Codec]
    CODEC_PNG: _ClassVar[Codec]

class Container(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONTAINER_UNSPECIFIED: _ClassVar[Container]
    CONTAINER_AUTO: _ClassVar[Container]
    CONTAINER_MP4: _ClassVar[Container]
    CONTAINER_WEBM: _ClassVar[Container]

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
CAMERA_MOVE_UNSPECIFIED: CameraMove
CAMERA_MOVE_STILL: CameraMove
CAMERA_MOVE_ORBIT: CameraMove
CAMERA_MOVE_DOLLY: CameraMove
CAMERA_MOVE_CRANE: CameraMove
CAMERA_MOVE_SPIRAL: CameraMove
CAMERA_MOVE_KEYFRAMES: CameraMove
EASING_UNSPECIFIED: Easing
EASING_LINEAR: Easing
EASING_IN: Easing
EASING_OUT: Easing
EASING_IN_OUT: Easing
MOTION_PRESET_UNSPECIFIED: MotionPreset
MOTION_PRESET_NONE: MotionPreset
MOTION_PRESET_SPIN: MotionPreset
MOTION_PRESET_BOUNCE: MotionPreset
MOTION_PRESET_WALK: MotionPreset
MOTION_PRESET_WAVE: MotionPreset
MOTION_PRESET_FLY: MotionPreset
MOTION_PRESET_DRIVE: MotionPreset
MOTION_PRESET_IDLE: MotionPreset
MOTION_PRESET_EXPLODE: MotionPreset
MOTION_PRESET_BVH: MotionPreset
LIGHT_PRESET_UNSPECIFIED: LightPreset
LIGHT_PRESET_STUDIO: LightPreset
LIGHT_PRESET_DARK: LightPreset
LIGHT_PRESET_DAYLIGHT: LightPreset
LIGHT_PRESET_SUNSET: LightPreset
LIGHT_PRESET_OVERCAST: LightPreset
LIGHT_PRESET_NIGHT: LightPreset
BACKGROUND_KIND_UNSPECIFIED: BackgroundKind
BACKGROUND_KIND_LIGHT: BackgroundKind
BACKGROUND_KIND_COLOR: BackgroundKind
BACKGROUND_KIND_GRADIENT: BackgroundKind
BACKGROUND_KIND_TRANSPARENT: BackgroundKind
CODEC_UNSPECIFIED: Codec
CODEC_H264: Codec
CODEC_H265: Codec
CODEC_AV1: Codec
CODEC_VP9: Codec
CODEC_GIF: Codec
CODEC_PNG: Codec
CONTAINER_UNSPECIFIED: Container
CONTAINER_AUTO: Container
CONTAINER_MP4: Container
CONTAINER_WEBM: Container
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

class TextTo3d(_message.Message):
    __slots__ = ("prompt", "negative_prompt", "quality", "poly_count", "texture_size", "guidance_scale", "seed")
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    NEGATIVE_PROMPT_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    POLY_COUNT_FIELD_NUMBER: _ClassVar[int]
    TEXTURE_SIZE_FIELD_NUMBER: _ClassVar[int]
    GUIDANCE_SCALE_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    prompt: str
    negative_prompt: str
    quality: Quality
    poly_count: float
    texture_size: float
    guidance_scale: float
    seed: float
    def __init__(self, prompt: _Optional[str] = ..., negative_prompt: _Optional[str] = ..., quality: _Optional[_Union[Quality, str]] = ..., poly_count: _Optional[float] = ..., texture_size: _Optional[float] = ..., guidance_scale: _Optional[float] = ..., seed: _Optional[float] = ...) -> None: ...

class ThreeDToVideoRequest(_message.Message):
    __slots__ = ("priority", "deadline_s", "webhook_url", "asset", "text_to_3d", "quality", "width", "height", "fps", "duration_s", "sample_count", "codec", "container", "camera", "motion", "light", "background")
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_S_FIELD_NUMBER: _ClassVar[int]
    WEBHOOK_URL_FIELD_NUMBER: _ClassVar[int]
    ASSET_FIELD_NUMBER: _ClassVar[int]
    TEXT_TO_3D_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    FPS_FIELD_NUMBER: _ClassVar[int]
    DURATION_S_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    CODEC_FIELD_NUMBER: _ClassVar[int]
    CONTAINER_FIELD_NUMBER: _ClassVar[int]
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    MOTION_FIELD_NUMBER: _ClassVar[int]
    LIGHT_FIELD_NUMBER: _ClassVar[int]
    BACKGROUND_FIELD_NUMBER: _ClassVar[int]
    priority: Priority
    deadline_s: float
    webhook_url: str
    asset: str
    text_to_3d: TextTo3d
    quality: Quality
    width: float
    height: float
    fps: float
    duration_s: float
    sample_count: float
    codec: Codec
    container: Container
    camera: CameraPath
    motion: Motion
    light: Light
    background: Background
    def __init__(self, priority: _Optional[_Union[Priority, str]] = ..., deadline_s: _Optional[float] = ..., webhook_url: _Optional[str] = ..., asset: _Optional[str] = ..., text_to_3d: _Optional[_Union[TextTo3d, _Mapping]] = ..., quality: _Optional[_Union[Quality, str]] = ..., width: _Optional[float] = ..., height: _Optional[float] = ..., fps: _Optional[float] = ..., duration_s: _Optional[float] = ..., sample_count: _Optional[float] = ..., codec: _Optional[_Union[Codec, str]] = ..., container: _Optional[_Union[Container, str]] = ..., camera: _Optional[_Union[CameraPath, _Mapping]] = ..., motion: _Optional[_Union[Motion, _Mapping]] = ..., light: _Optional[_Union[Light, _Mapping]] = ..., background: _Optional[_Union[Background, _Mapping]] = ...) -> None: ...

class CameraPath(_message.Message):
    __slots__ = ("move", "azimuth_deg", "elevation_deg", "elevation_end_deg", "turns", "distance_factor", "distance_factor_end", "hold_size", "fov_deg", "focal_length_mm", "easing", "keys", "even_speed")
    MOVE_FIELD_NUMBER: _ClassVar[int]
    AZIMUTH_DEG_FIELD_NUMBER: _ClassVar[int]
    ELEVATION_DEG_FIELD_NUMBER: _ClassVar[int]
    ELEVATION_END_DEG_FIELD_NUMBER: _ClassVar[int]
    TURNS_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_FACTOR_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_FACTOR_END_FIELD_NUMBER: _ClassVar[int]
    HOLD_SIZE_FIELD_NUMBER: _ClassVar[int]
    FOV_DEG_FIELD_NUMBER: _ClassVar[int]
    FOCAL_LENGTH_MM_FIELD_NUMBER: _ClassVar[int]
    EASING_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    EVEN_SPEED_FIELD_NUMBER: _ClassVar[int]
    move: CameraMove
    azimuth_deg: float
    elevation_deg: float
    elevation_end_deg: float
    turns: float
    distance_factor: float
    distance_factor_end: float
    hold_size: bool
    fov_deg: float
    focal_length_mm: float
    easing: Easing
    keys: _containers.RepeatedCompositeFieldContainer[CameraKey]
    even_speed: bool
    def __init__(self, move: _Optional[_Union[CameraMove, str]] = ..., azimuth_deg: _Optional[float] = ..., elevation_deg: _Optional[float] = ..., elevation_end_deg: _Optional[float] = ..., turns: _Optional[float] = ..., distance_factor: _Optional[float] = ..., distance_factor_end: _Optional[float] = ..., hold_size: _Optional[bool] = ..., fov_deg: _Optional[float] = ..., focal_length_mm: _Optional[float] = ..., easing: _Optional[_Union[Easing, str]] = ..., keys: _Optional[_Iterable[_Union[CameraKey, _Mapping]]] = ..., even_speed: _Optional[bool] = ...) -> None: ...

class CameraKey(_message.Message):
    __slots__ = ("time_s", "eye", "target", "up", "roll_deg", "fov_deg")
    TIME_S_FIELD_NUMBER: _ClassVar[int]
    EYE_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    UP_FIELD_NUMBER: _ClassVar[int]
    ROLL_DEG_FIELD_NUMBER: _ClassVar[int]
    FOV_DEG_FIELD_NUMBER: _ClassVar[int]
    time_s: float
    eye: _containers.RepeatedScalarFieldContainer[float]
    target: _containers.RepeatedScalarFieldContainer[float]
    up: _containers.RepeatedScalarFieldContainer[float]
    roll_deg: float
    fov_deg: float
    def __init__(self, time_s: _Optional[float] = ..., eye: _Optional[_Iterable[float]] = ..., target: _Optional[_Iterable[float]] = ..., up: _Optional[_Iterable[float]] = ..., roll_deg: _Optional[float] = ..., fov_deg: _Optional[float] = ...) -> None: ...

class Motion(_message.Message):
    __slots__ = ("preset", "speed", "bvh", "turns")
    PRESET_FIELD_NUMBER: _ClassVar[int]
    SPEED_FIELD_NUMBER: _ClassVar[int]
    BVH_FIELD_NUMBER: _ClassVar[int]
    TURNS_FIELD_NUMBER: _ClassVar[int]
    preset: MotionPreset
    speed: float
    bvh: str
    turns: float
    def __init__(self, preset: _Optional[_Union[MotionPreset, str]] = ..., speed: _Optional[float] = ..., bvh: _Optional[str] = ..., turns: _Optional[float] = ...) -> None: ...

class Light(_message.Message):
    __slots__ = ("preset", "environment", "rotation_deg", "intensity")
    PRESET_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    ROTATION_DEG_FIELD_NUMBER: _ClassVar[int]
    INTENSITY_FIELD_NUMBER: _ClassVar[int]
    preset: LightPreset
    environment: str
    rotation_deg: float
    intensity: float
    def __init__(self, preset: _Optional[_Union[LightPreset, str]] = ..., environment: _Optional[str] = ..., rotation_deg: _Optional[float] = ..., intensity: _Optional[float] = ...) -> None: ...

class Background(_message.Message):
    __slots__ = ("kind", "color", "color_end")
    KIND_FIELD_NUMBER: _ClassVar[int]
    COLOR_FIELD_NUMBER: _ClassVar[int]
    COLOR_END_FIELD_NUMBER: _ClassVar[int]
    kind: BackgroundKind
    color: str
    color_end: str
    def __init__(self, kind: _Optional[_Union[BackgroundKind, str]] = ..., color: _Optional[str] = ..., color_end: _Optional[str] = ...) -> None: ...

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
    __slots__ = ("job_id", "operation", "status", "priority", "progress", "estimated_time", "queue_position", "created_at", "started_at", "finished_at", "deadline_at", "attempt", "text_to_3d", "convert", "three_d_to_video", "download_url", "result", "error")
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
    THREE_D_TO_VIDEO_FIELD_NUMBER: _ClassVar[int]
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
    three_d_to_video: ThreeDToVideoRequest
    download_url: str
    result: Result
    error: Problem
    def __init__(self, job_id: _Optional[str] = ..., operation: _Optional[str] = ..., status: _Optional[_Union[JobState, str]] = ..., priority: _Optional[_Union[Priority, str]] = ..., progress: _Optional[float] = ..., estimated_time: _Optional[float] = ..., queue_position: _Optional[float] = ..., created_at: _Optional[str] = ..., started_at: _Optional[str] = ..., finished_at: _Optional[str] = ..., deadline_at: _Optional[str] = ..., attempt: _Optional[float] = ..., text_to_3d: _Optional[_Union[TextTo3dRequest, _Mapping]] = ..., convert: _Optional[_Union[ConvertRequest, _Mapping]] = ..., three_d_to_video: _Optional[_Union[ThreeDToVideoRequest, _Mapping]] = ..., download_url: _Optional[str] = ..., result: _Optional[_Union[Result, _Mapping]] = ..., error: _Optional[_Union[Problem, _Mapping]] = ...) -> None: ...

class JobPage(_message.Message):
    __slots__ = ("jobs", "next")
    JOBS_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    jobs: _containers.RepeatedCompositeFieldContainer[Job]
    next: str
    def __init__(self, jobs: _Optional[_Iterable[_Union[Job, _Mapping]]] = ..., next: _Optional[str] = ...) -> None: ...

class Result(_message.Message):
    __slots__ = ("assets", "report", "manifest", "warnings", "seed", "cost", "acceptance", "film")
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
    FILM_FIELD_NUMBER: _ClassVar[int]
    assets: _containers.MessageMap[str, Asset]
    report: _containers.RepeatedCompositeFieldContainer[StageReport]
    manifest: Asset
    warnings: _containers.RepeatedScalarFieldContainer[str]
    seed: float
    cost: Cost
    acceptance: Acceptance
    film: FilmReport
    def __init__(self, assets: _Optional[_Mapping[str, Asset]] = ..., report: _Optional[_Iterable[_Union[StageReport, _Mapping]]] = ..., manifest: _Optional[_Union[Asset, _Mapping]] = ..., warnings: _Optional[_Iterable[str]] = ..., seed: _Optional[float] = ..., cost: _Optional[_Union[Cost, _Mapping]] = ..., acceptance: _Optional[_Union[Acceptance, _Mapping]] = ..., film: _Optional[_Union[FilmReport, _Mapping]] = ...) -> None: ...

class FilmReport(_message.Message):
    __slots__ = ("width", "height", "fps", "frame_count", "duration_s", "codec", "bitrate_bps", "byte_count")
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    FPS_FIELD_NUMBER: _ClassVar[int]
    FRAME_COUNT_FIELD_NUMBER: _ClassVar[int]
    DURATION_S_FIELD_NUMBER: _ClassVar[int]
    CODEC_FIELD_NUMBER: _ClassVar[int]
    BITRATE_BPS_FIELD_NUMBER: _ClassVar[int]
    BYTE_COUNT_FIELD_NUMBER: _ClassVar[int]
    width: float
    height: float
    fps: float
    frame_count: float
    duration_s: float
    codec: str
    bitrate_bps: float
    byte_count: float
    def __init__(self, width: _Optional[float] = ..., height: _Optional[float] = ..., fps: _Optional[float] = ..., frame_count: _Optional[float] = ..., duration_s: _Optional[float] = ..., codec: _Optional[str] = ..., bitrate_bps: _Optional[float] = ..., byte_count: _Optional[float] = ...) -> None: ...

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
