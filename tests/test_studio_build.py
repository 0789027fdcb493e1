"""The studio's source and what was built of it: they belong together, and the service gives them out well."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from serve.edges.studio_files import studio_files
from serve.formats import FORMATS
from tests.parts import require, tell_version

ROOT = Path(__file__).resolve().parents[1]
STUDIO = ROOT / "studio"
WEB = ROOT / "serve/edges/web"
HEAVIEST_BYTES = 1_000_000  # of everything together, gzipped


@pytest.fixture
def npm():
    """Runs a script of the studio's package."""
    node = shutil.which("node")
    present = node is not None and (STUDIO / "node_modules/vite").is_dir()
    require("vite", present, "install node, then `npm ci --prefix studio`")

    def run(script, **variables):
        command = ["npm", "run", "--silent", script]
        environment = os.environ | variables
        ended = subprocess.run(
            command, check=False, cwd=STUDIO, env=environment, capture_output=True, text=True, timeout=240
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    tell_version(
        "vite", (STUDIO / "node_modules/vite/package.json").read_text().split('"version": "')[1].split('"')[0]
    )
    return run


def plain_files(folder):
    """Name -> bytes, without the compressed copies, whose bytes are zlib's own affair."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".br", ".gz")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.node
def test_the_built_files_are_those_of_the_source(npm, tmp_path):
    npm("build", STUDIO_OUT=str(tmp_path / "web"))
    built, committed = plain_files(tmp_path / "web"), plain_files(WEB)
    assert sorted(built) == sorted(committed), "run `npm run --prefix studio build`"
    assert [name for name in built if built[name] != committed[name]] == []


@pytest.mark.node
def test_the_studios_own_tests_and_types_hold(npm):
    assert "# fail 0" in npm("test")
    npm("check")


def test_compressed_copies_are_of_their_files():
    copies = list(WEB.rglob("*.gz"))
    assert len(copies) == len(list(WEB.rglob("*.br"))) > 3
    for copy in copies:
        assert gzip.decompress(copy.read_bytes()) == copy.with_suffix("").read_bytes()


def test_the_page_is_light():
    weights = [min(map(len, file.bodies.values())) for file in studio_files().values()]
    assert sum(weights) < HEAVIEST_BYTES


def test_every_shipped_package_has_its_licence():
    text = (WEB / "LICENSES.txt").read_text(encoding="utf-8")
    for package in (
        "fflate",
        "meshoptimizer",
        "preact",
        "@preact/signals",
        "three",
        "@fontsource-variable/newsreader",
    ):
        assert f"\n{package} " in text


@pytest.mark.parametrize(
    ("accepted", "given"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip;q=0.8", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("", None),
        ("zstd", None),
    ],
)
async def test_files_come_as_small_as_the_client_takes_them(make_http, accepted, given):
    script = next(name for name in studio_files() if name.startswith("three-"))
    async with make_http().client() as client:
        answer = await client.get(f"/studio/{script}", headers={"accept-encoding": accepted})
        assert answer.headers.get("content-encoding") == given
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        again = {"if-none-match": answer.headers["etag"]}
        assert (await client.get(f"/studio/{script}", headers=again)).status_code == 304


async def test_the_page_is_asked_for_again_and_found_unchanged(make_http):
    async with make_http().client() as client:
        answer = await client.get("/")
        assert answer.headers["cache-control"] == "no-cache"
        assert (await client.get("/", headers={"if-none-match": answer.headers["etag"]})).status_code == 304


async def test_the_page_says_which_formats_can_be_written(make_http):
    async with make_http().client() as client:
        page = (await client.get("/")).text
    writable = ",".join(row.ext for row in FORMATS if row.available)
    assert f'<meta name="galatea-formats" content="{writable}"' in page


async def test_scripts_come_from_the_service_alone_and_text_is_none(make_http):
    async with make_http().client() as client:
        policy = (await client.get("/")).headers["content-security-policy"].split("; ")
    assert "script-src 'self' 'wasm-unsafe-eval'" in policy
    assert {"default-src 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'"} <= set(policy)


@pytest.mark.parametrize("name", ["nothing.js", "..%2fpages.py", "three.js.br", "%2e%2e"])
async def test_nothing_but_the_built_files_is_there(make_http, name):
    async with make_http().client() as client:
        assert (await client.get(f"/studio/{name}")).status_code == 404
