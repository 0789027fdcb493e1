import assert from "node:assert/strict";
import { test } from "node:test";
import type { Acceptance } from "../src/api/acceptance";
import type { Job } from "../src/api/types";
import { flawsOf, gistOf, measuresOf, textureOf, verdictOf } from "../src/state/fitness";
import { fileName, filesOf, filmAssetOf, sourceOf, stageAssetOf } from "../src/state/formats";
import { extent, percent, volume } from "../src/words";

const COUNTS = {
  ...{ vertex_count: 1_002, face_count: 2_000, component_count: 1, part_count: 2, boundary_edge_count: 0 },
  ...{ nonmanifold_edge_count: 0, nonmanifold_vertex_count: 0, misoriented_edge_count: 0, inverted_component_count: 0 },
  ...{ self_intersection_count: 4, degenerate_face_count: 0, duplicate_face_count: 0, sliver_face_count: 1 },
};
const REPORT: Acceptance = {
  ...COUNTS,
  watertight: true,
  self_intersection_method: "sampled",
  volume_m3: 0.081,
  area_m2: 1.5,
  bounds_m: { lower: [-0.5, 0, -0.25], upper: [0.5, 2, 0.25] },
  texture: { size_px: 1024, coverage: 0.75, overlap: 0.004, texels_per_m: 511.6 },
  materials: [],
  byte_count: 12_345,
  policy: "print",
  accepted: false,
  checks: [
    { name: "watertight", passed: true, message: "it is" },
    { name: "self_intersections", passed: false, message: "4 pairs cross" },
  ],
};

function jobOf(assets: Record<string, string>, request: object = { prompt: "A big, red Lamp!", format: "usdz" }): Job {
  const files = Object.entries(assets).map(([name, type]) => [name, { digest: name, media_type: type, bytes: 1, url: "" }]);
  return { operation: "text-to-3d", request, result: { assets: Object.fromEntries(files) } } as unknown as Job;
}

const ALL = jobOf({
  ...{ turntable: "image/png", acceptance: "application/json", glb_lod1: "model/gltf-binary", obj: "application/zip" },
  ...{ picture: "image/png", usdz: "model/vnd.usdz+zip" },
});

test("the verdict names the use, and parts what failed from what passed", () => {
  const { said, failed, passed } = verdictOf(REPORT);
  assert.equal(said, "Not fit for printing");
  assert.deepEqual([failed.map(({ name }) => name), passed.length], [["self_intersections"], 1]);
  assert.equal(verdictOf({ ...REPORT, accepted: true, policy: "game" }).said, "Fit for games");
});

test("measures are told in units that fit them", () => {
  const measures = Object.fromEntries(measuresOf(REPORT));
  assert.equal(measures["Size"], "1.00 × 2.00 × 0.50 m, W × H × D");
  assert.equal(measures["Volume"], "81.0 l");
  assert.equal(gistOf(REPORT), "2,000 faces, watertight, 1 piece");
  const open = measuresOf({ ...REPORT, watertight: false, volume_m3: null, boundary_edge_count: 1 });
  assert.equal(Object.fromEntries(open)["Surface"], "open, 1 edge at its rims");
  assert.ok(flawsOf(REPORT).some(([, value]) => value === "4, sampled"));
  assert.equal(extent([0.004, 0.002, 0.001]), "4.00 × 2.00 × 1.00 mm");
  assert.equal(extent([250, 100, 5]), "250.0 × 100.0 × 5.0 m");
  assert.deepEqual([volume(2), volume(1e-6), percent(0.004), percent(0)], ["2.00 m³", "1.00 cm³", "0.4 %", "0 %"]);
});

test("a surface without a texture has no texture to tell of", () => {
  assert.equal(textureOf(REPORT)!.length, 4);
  assert.equal(textureOf({ ...REPORT, texture: null }), null);
  assert.equal(textureOf({ ...REPORT, texture: { ...REPORT.texture!, size_px: 0 } }), null);
});

test("a job's files are its meshes and then its pictures, each with a name of its own", () => {
  const files = filesOf(ALL);
  assert.deepEqual(files.map(({ label }) => label), ["GLB, level 1", "USDZ", "OBJ", "Picture", "Turntable"]);
  const names = files.map(({ name, asset }) => fileName("a big red lamp", name, asset));
  assert.deepEqual(names.slice(0, 3), ["a-big-red-lamp-lod1.glb", "a-big-red-lamp.usdz", "a-big-red-lamp.zip"]);
  assert.equal(names[3], "a-big-red-lamp-picture.png");
});

test("the stage shows the main file, or another that it can read; so may a conversion", () => {
  assert.equal(stageAssetOf(ALL)!.digest, "obj");
  assert.equal(sourceOf(ALL)!.digest, "obj");
  const apple = jobOf({ usdz: "model/vnd.usdz+zip" });
  assert.deepEqual([stageAssetOf(apple), sourceOf(apple)], [null, null]);
});

test("a film's files are the film, the thing and what goes with them; the stage turns to the thing", () => {
  const media = { film: "application/json", camera: "application/json", poster: "image/png", glb: "model/gltf-binary", mp4: "video/mp4" };
  const film = { ...jobOf(media), operation: "3d-to-video" } as Job;
  const names = filesOf(film).map(({ name, asset }) => fileName("a big red lamp", name, asset));
  const stem = "a-big-red-lamp";
  assert.deepEqual(names, [`${stem}.mp4`, `${stem}.glb`, `${stem}-poster.png`, `${stem}-camera.json`, `${stem}-film.json`]);
  assert.deepEqual([filmAssetOf(film)!.digest, stageAssetOf(film)!.digest], ["mp4", "glb"]);
  assert.equal(filmAssetOf(ALL), null);
});
