"""Files made to do harm, or broken on the way, each with words of the reason for which it is refused."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import numpy as np

from serve.formats import write
from tests.gltf_files import png, tetrahedron
from tests.nasty_meshes import box

__all__ = ["HOSTILE", "TRIANGLE", "ply", "textured"]

PLY = b"ply\nformat {} 1.0\nelement vertex {}\nproperty float x\nproperty float y\nproperty float z\n"
FACES = b"element face {}\nproperty list uchar int vertex_indices\nend_header\n"
TRIANGLE = b"v 0 0 0\nv 1 0 0\nv 0 1 0\n"


def ply(form: str, vertex_count: int, face_count: int, body: bytes) -> bytes:
    text = (PLY + FACES).decode().format(form, vertex_count, face_count)
    return text.encode() + body


def archive(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as file:
        for name, content in entries:
            file.writestr(zipfile.ZipInfo(name), content, method)
    return data.getvalue()


def gltf(change: Callable[[dict], object], *, binary: bool = True) -> bytes:
    file = tetrahedron()
    change(file.document)
    return file.glb() if binary else file.gltf()


def textured(picture: bytes) -> bytes:
    file = tetrahedron(material=0)
    file.material(pbrMetallicRoughness={"baseColorTexture": {"index": file.image(picture)}})
    uv = file.accessor(np.zeros((4, 2), np.float32))
    file.document["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = uv
    return file.glb()


def long_named_picture() -> bytes:
    file = tetrahedron(material=0)
    file.material(pbrMetallicRoughness={"baseColorTexture": {"index": file.image(b"no picture")}})
    file.document["images"][0]["name"] = "a" * 2**20
    return file.glb()


def huge_png(width: int, height: int) -> bytes:
    """A picture whose header promises more than follows."""
    data = bytearray(png(np.zeros((1, 1, 3), np.uint8)))
    data[16:24] = struct.pack(">II", width, height)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


def zip_that_says(byte_count: int) -> bytes:
    """Half a megabyte of zeros, of which the table of contents says something else."""
    data = bytearray(archive(("a.stl", bytes(500_000))))
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = struct.pack("<I", byte_count)
    return bytes(data)


def nested_nodes(count: int) -> Callable[[dict], object]:
    chain = [{"children": [index + 1]} for index in range(count)]
    return lambda document: document.update(nodes=[*chain, {"mesh": 0}], scenes=[{"nodes": [0]}])


def crowded(document: dict) -> None:
    """Many primitives of the same few bytes in a mesh."""
    document["meshes"][0]["primitives"] *= 5_000


def everywhere(document: dict) -> None:
    """The same mesh at each of many nodes: few bytes, many faces."""
    document["nodes"] = [{"mesh": 0} for _ in range(2_000)]


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    # Nothing, and other things.
    "nothing": (lambda: b"", "no mesh file"),
    "a picture": (lambda: png(np.zeros((2, 2, 3), np.uint8)), "is a picture"),
    "an FBX file": (lambda: b"Kaydara FBX Binary  \x00\x1a\x00", "is an FBX file"),
    "COLLADA": (lambda: b"<?xml version='1.0'?><COLLADA/>", "COLLADA"),
    "noise": (lambda: np.random.default_rng(1).bytes(5_000), "or no STL"),
    "prose": (lambda: b"Dear Sir or Madam,\nplease find attached\n", "has no faces"),
    # STL.
    "an STL that is cut off": (lambda: write("stl", box(), name="box")[:-20], "cut off"),
    "an STL that declares 4 billion": (
        lambda: bytes(80) + b"\xff\xff\xff\xff" + bytes(5_000),
        "4,294,967,295 triangles",
    ),
    "an empty STL": (lambda: bytes(84), "no faces"),
    "an STL text that is cut off": (
        lambda: b"solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\n",
        "cut off",
    ),
    "an STL text with words": (
        lambda: b"solid a\nvertex 0 0 zero\nvertex 1 0 0\nvertex 0 1 0\n",
        "not all numbers",
    ),
    # PLY.
    "a PLY of a billion vertices": (
        lambda: ply("binary_little_endian", 10**9, 1, bytes(100)),
        "1,000,000,000 of 'vertex'",
    ),
    "a PLY text of a billion vertices": (lambda: ply("ascii", 10**9, 1, b"0 0 0\n"), "1,000,000,000"),
    "a PLY polygon of 4 billion corners": (
        lambda: ply("binary_little_endian", 3, 1, bytes(36) + b"\xff" * 9).replace(b"uchar int", b"uint int"),
        "4294967295 values",
    ),
    "a PLY polygon of NaN corners": (
        lambda: ply("ascii", 3, 1, b"0 0 0 1 0 0 0 1 0 nan 0 1 2"),
        "nan values",
    ),
    "a PLY polygon of -1 corners": (
        lambda: ply("binary_little_endian", 3, 1, bytes(36) + b"\xff" * 9).replace(b"uchar int", b"char int"),
        "-1 values",
    ),
    "a PLY face beyond the vertices": (
        lambda: ply("ascii", 3, 1, b"0 0 0 1 0 0 0 1 0 3 0 1 3"),
        "vertex 3 of 3",
    ),
    "a PLY cloud of points": (lambda: ply("ascii", 3, 0, b"0 0 0 1 0 0 0 1 0"), "cloud of points"),
    "a PLY header without end": (
        lambda: b"ply\nformat ascii 1.0\n" + b"comment x\n" * 10_000,
        "does not end",
    ),
    "a PLY header with riddles": (
        lambda: ply("ascii", 3, 1, b"").replace(b"float x", b"quad x"),
        "means nothing",
    ),
    "a PLY whose body is cut off": (
        lambda: write("ply", box(), name="box")[:-30],
        "cut off",
    ),
    # OBJ.
    "an OBJ of points": (lambda: TRIANGLE + b"p 1 2 3\n", "no faces"),
    "an OBJ face beyond the vertices": (lambda: TRIANGLE + b"f 1 2 99999999999\n", "of 3"),
    "an OBJ face before the first vertex": (lambda: TRIANGLE + b"f -1 -2 -4\n", "vertex -4 of 3"),
    "an OBJ face of vertex 0": (lambda: TRIANGLE + b"f 0 1 2\n", "vertex 0 of 3"),
    "an OBJ face of half a vertex": (lambda: TRIANGLE + b"f 1 2 2.5\n", "2.5"),
    "an OBJ face of several forms": (lambda: TRIANGLE + b"f 1 2/2 3\n", "not of one form"),
    "an OBJ face of slashes": (lambda: TRIANGLE + b"f /1 /2 /3\n", "lacks a number"),
    "an OBJ vertex of two numbers": (lambda: b"v 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", "fewer than 3"),
    "an OBJ of words": (lambda: b"v a b c\nf 1 1 1\n", "not all numbers"),
    "an OBJ of NaN": (lambda: b"v nan nan nan\n" * 3 + b"f 1 2 3\n", "not a finite number"),
    "gigantic coordinates": (
        lambda: b"v 0 0 0\nv 1e38 0 0\nv 0 1e38 0\nf 1 2 3\n",
        r"1e\+38 m from the origin",
    ),
    "everything at one point": (lambda: b"v 5 5 5\nv 5 5 5\nv 5 5 5\nf 1 2 3\n", "0 m long"),
    "a material library at an absolute path": (
        lambda: b"mtllib /etc/passwd\n" + TRIANGLE + b"f 1 2 3\n",
        "absolute path '/etc/passwd'",
    ),
    "a material library up the tree": (
        lambda: b"mtllib ../../secret.mtl\n" + TRIANGLE + b"f 1 2 3\n",
        "leads out of it",
    ),
    "a texture on a drive": (
        lambda: archive(
            ("a.obj", b"mtllib a.mtl\nusemtl red\n" + TRIANGLE + b"f 1 2 3\n"),
            ("a.mtl", rb"newmtl red" + b"\n" + rb"map_Kd C:\Users\bob\red.png"),
        ),
        "absolute path",
    ),
    # ZIP.
    "a ZIP that is cut off": (lambda: write("obj", box(), name="box")[:-30], "cannot be opened"),
    "a ZIP bomb": (lambda: archive(("a.stl", bytes(50_000_000))), "would unpack to 50,000,000"),
    "a ZIP of four gigabytes": (lambda: zip_that_says(2**32 - 2), "bytes when it is unpacked"),
    "a ZIP of less than there is": (lambda: zip_that_says(84), "cannot be unpacked"),
    "a ZIP of many files": (
        lambda: archive(*((f"{index}.txt", b"") for index in range(5_000))),
        "5,000 entries",
    ),
    "a ZIP with a path upwards": (
        lambda: archive(("../../etc/cron.d/a.obj", TRIANGLE)),
        "leads out of it",
    ),
    "a ZIP with an absolute path": (lambda: archive(("/tmp/a.obj", TRIANGLE)), "absolute path"),
    "a ZIP of ZIPs": (lambda: archive(("a.zip", archive(("a.obj", TRIANGLE)))), "no mesh file"),
    "a ZIP of two meshes": (lambda: archive(("a.obj", TRIANGLE), ("b.obj", TRIANGLE)), "2 mesh files"),
    "a ZIP of USD": (lambda: archive(("a.usdc", b"PXR-USDC")), "a.usdc"),
    "a ZIP packed by LZMA": (lambda: archive(("a.obj", TRIANGLE), method=zipfile.ZIP_LZMA), "unusual way"),
    # glTF: the container.
    "a GLB that is cut off": (lambda: tetrahedron().glb()[:-10], "it is damaged"),
    "a GLB of version 1": (lambda: b"glTF" + struct.pack("<II", 1, 20) + bytes(8), "version 1"),
    "a GLB whose chunk is too long": (
        lambda: tetrahedron().glb()[:12] + b"\xff\xff\xff\x7f" + tetrahedron().glb()[16:],
        "goes beyond the file",
    ),
    "a GLB of broken JSON": (lambda: tetrahedron().glb().replace(b'{"buffers"', b'["buffers"'), "no JSON"),
    "JSON without end": (lambda: b'{"a":' + b"[" * 200_000, "nested too deep"),
    "JSON that is no glTF": (lambda: b'{"hello": 1}', "version is ''"),
    "JSON with a number of 10,000 digits": (
        lambda: b'{"asset":{"version":' + b"9" * 10_000 + b"}}",
        "no JSON",
    ),
    "JSON of NaN": (lambda: b'{"asset":{"version":"2.0"},"scene":NaN}', "NaN is no number"),
    # glTF: what it names.
    "a buffer on the web": (
        lambda: tetrahedron().gltf("http://169.254.169.254/latest/meta-data"),
        "nothing is fetched",
    ),
    "a buffer on the disk": (lambda: tetrahedron().gltf("file:///etc/passwd"), "nothing is fetched"),
    "a buffer at an absolute path": (lambda: tetrahedron().gltf("/etc/passwd"), "absolute path"),
    "a buffer up the tree": (lambda: tetrahedron().gltf("..%2f..%2fsecret.bin"), "leads out of it"),
    "a buffer in another file": (lambda: tetrahedron().gltf("scene.bin"), "did not come with it"),
    "a buffer of bad base64": (
        lambda: tetrahedron().gltf("data:application/octet-stream;base64,%%%"),
        "damaged base64",
    ),
    "Draco compression": (
        lambda: gltf(lambda d: d.update(extensionsRequired=["KHR_draco_mesh_compression"])),
        "Draco compression, which cannot be read: export it without",
    ),
    "meshopt compression": (
        lambda: gltf(
            lambda d: d["bufferViews"][0].update(extensions={"EXT_meshopt_compression": {"buffer": 0}})
        ),
        "meshopt compression, which cannot be read: export it without",
    ),
    "an extension that nobody knows": (
        lambda: gltf(lambda d: d.update(extensionsRequired=["ACME_secret"])),
        "'ACME_secret', which is not known",
    ),
    # glTF: accessors and nodes.
    "an accessor of a billion values": (
        lambda: gltf(lambda d: d["accessors"][0].update(count=10**9)),
        "1,000,000,000 values",
    ),
    "an accessor of more than there is": (
        lambda: gltf(lambda d: d["accessors"][0].update(count=99)),
        "ends at byte",
    ),
    "an accessor far away": (
        lambda: gltf(lambda d: d["accessors"][0].update(byteOffset=10**12)),
        "byteOffset|ends at",
    ),
    "an accessor before its buffer": (
        lambda: gltf(lambda d: d["accessors"][0].update(byteOffset=-4)),
        "whole number",
    ),
    "an accessor of an unknown type": (
        lambda: gltf(lambda d: d["accessors"][0].update(type="VEC9")),
        "is 'VEC9'",
    ),
    "an accessor of no view": (lambda: gltf(lambda d: d["accessors"][0].pop("bufferView")), "has no data"),
    "a sparse accessor beyond its end": (
        lambda: gltf(
            lambda d: d["accessors"][0].update(
                sparse={
                    "count": 4,
                    "indices": {"bufferView": 1, "componentType": 5123},
                    "values": {"bufferView": 1},
                }
            )
        ),
        "sparse|ends at byte|replaces",
    ),
    "a sparse accessor of nonsense": (
        lambda: gltf(lambda d: d["accessors"][0].update(sparse={"count": 10**12})),
        "sparse.count",
    ),
    "a view beyond its buffer": (
        lambda: gltf(lambda d: d["bufferViews"][0].update(byteLength=10**9)),
        "ends at byte",
    ),
    "a buffer longer than the file": (
        lambda: gltf(lambda d: d.update(buffers=[{"byteLength": 10**9}])),
        "1,000,000,000 bytes",
    ),
    "indices beyond the vertices": (
        lambda: gltf(lambda d: d["accessors"][0].update(count=2)),
        "names vertex 3 of 2",
    ),
    "nodes in a circle": (
        lambda: gltf(
            lambda d: d.update(nodes=[{"children": [1]}, {"children": [0]}], scenes=[{"nodes": [0]}])
        ),
        "two parents or is its own",
    ),
    "nodes nested without end": (lambda: gltf(nested_nodes(1_000)), "levels of nodes"),
    "a mesh at two thousand nodes": (lambda: gltf(everywhere), "1,025 parts"),
    "a mesh of the same primitive over and over": (lambda: gltf(crowded), "1,025 parts"),
    "nodes of nothing": (lambda: gltf(lambda d: d.update(nodes=[])), "no faces"),
    "a mesh of lines": (lambda: gltf(lambda d: d["meshes"][0]["primitives"][0].update(mode=1)), "no faces"),
    "lists that are none": (lambda: gltf(lambda d: d.update(nodes={"0": 1})), "a list of objects"),
    "an index that is a text": (lambda: gltf(lambda d: d["nodes"][0].update(mesh="0")), "whole number"),
    "a matrix of texts": (lambda: gltf(lambda d: d["nodes"][0].update(matrix=["x"] * 16)), "16 numbers"),
    "a scale of infinity": (
        lambda: gltf(lambda d: d["nodes"][0].update(scale=[1e99] * 3)),
        "beyond all measure",
    ),
    # Pictures.
    "a picture of 100,000 pixels a side": (
        lambda: textured(huge_png(100_000, 100_000)),
        "more pixels than can be read",
    ),
    "a picture that is too wide": (lambda: textured(huge_png(9_000, 10)), "9,000 x 10 pixels"),
    "a picture that ends at its header": (lambda: textured(huge_png(4_000, 4_000)), "cannot be decoded"),
    "a picture of noise": (lambda: textured(b"\x89PNG" + bytes(100)), "cannot be decoded"),
    "a picture with a name of a megabyte": (long_named_picture, "'aaaaaaaa"),
    "an SVG for a picture": (
        lambda: textured(b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        "cannot be decoded",
    ),
}
