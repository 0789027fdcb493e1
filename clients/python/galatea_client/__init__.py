"""The typed client of Galatea, a service that turns a sentence into a 3D asset.

    from galatea_client import Galatea

    with Galatea("http://127.0.0.1:8000") as galatea:
        job = galatea.text_to_3d(prompt="a tall red lamp with a blue stand", seed=7)
        galatea.save(job, "lamp.glb")

`AsyncGalatea` is the same with `await`; `grpc://` in place of `http://` is the same over gRPC.
"""

from galatea_client.acceptance import (
    Acceptance,
    AcceptanceCheck,
    Bounds,
    MaterialReport,
    TextureReport,
)
from galatea_client.async_client import AsyncGalatea
from galatea_client.client import Galatea
from galatea_client.errors import (
    ConflictError,
    DeadlineExceededError,
    DigestMismatchError,
    GalateaError,
    InvalidRequestError,
    JobCancelledError,
    JobFailedError,
    NotFoundError,
    QueueFullError,
    ServiceError,
    UnauthorizedError,
    UnreachableError,
    UnsupportedError,
    WaitTimeoutError,
)
from galatea_client.events import (
    JobEvent,
    JobFinished,
    JobProgress,
    JobQueued,
    JobStarted,
    StageFinished,
    StagePreview,
    StageStarted,
    UnknownEvent,
)
from galatea_client.models import (
    Asset,
    CompletedJob,
    Cost,
    Film,
    Job,
    JobState,
    Link,
    Model,
    Priority,
    Problem,
    Result,
    StageReport,
    Tensor,
)
from galatea_client.requests import (
    Background,
    CameraKey,
    CameraPath,
    ConvertFields,
    JobFields,
    Light,
    Motion,
    TextTo3d,
    TextTo3dFields,
    ThreeDToVideoFields,
)
from galatea_client.retries import Retries
from galatea_client.version import __version__

__all__ = [
    "Acceptance",
    "AcceptanceCheck",
    "Asset",
    "AsyncGalatea",
    "Background",
    "Bounds",
    "CameraKey",
    "CameraPath",
    "CompletedJob",
    "ConflictError",
    "ConvertFields",
    "Cost",
    "DeadlineExceededError",
    "DigestMismatchError",
    "Film",
    "Galatea",
    "GalateaError",
    "InvalidRequestError",
    "Job",
    "JobCancelledError",
    "JobEvent",
    "JobFailedError",
    "JobFields",
    "JobFinished",
    "JobProgress",
    "JobQueued",
    "JobStarted",
    "JobState",
    "Light",
    "Link",
    "MaterialReport",
    "Model",
    "Motion",
    "NotFoundError",
    "Priority",
    "Problem",
    "QueueFullError",
    "Result",
    "Retries",
    "ServiceError",
    "StageFinished",
    "StagePreview",
    "StageReport",
    "StageStarted",
    "Tensor",
    "TextTo3d",
    "TextTo3dFields",
    "TextureReport",
    "ThreeDToVideoFields",
    "UnauthorizedError",
    "UnknownEvent",
    "UnreachableError",
    "UnsupportedError",
    "WaitTimeoutError",
    "__version__",
]
