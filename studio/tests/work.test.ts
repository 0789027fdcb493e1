import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job, JobEvent, Manifest } from "../src/api/types";
import type { Service } from "../src/api/service";
import { distinct, Gallery } from "../src/state/gallery";
import { headlineOf, tell } from "../src/state/story";
import { advance, begin } from "../src/state/work";
import { groupParts } from "../src/ui/part-groups";
import { verbOf } from "../src/words";

const REQUEST = {
  ...{ prompt: "a lamp", quality: "draft", format: "glb", seed: 7, poly_count: 10000, guidance_scale: 7.5 },
  ...{ texture_size: null, lod_count: 0, compression: "none", policy: null },
};
const COST = { cpu_s: 0, gpu_s: 0, byte_count: 0 };

function jobOf(fields: object): Job {
  const times = { created_at: "", started_at: "2026-01-01T00:00:00Z", finished_at: "2026-01-01T00:00:02.5Z" };
  return { job_id: "j", operation: "text-to-3d", status: "queued", progress: 0, request: REQUEST, result: null, error: null, ...times, ...fields } as Job;
}

const DONE = jobOf({
  status: "completed",
  result: {
    assets: {},
    seed: 7,
    warnings: [],
    report: [
      { stage: "encode_text", cached: true, wall_s: 0.5, cost: COST },
      { stage: "denoise", cached: false, wall_s: 2, cost: COST },
    ],
  },
});

function event(fields: object): JobEvent {
  return { seq: 1, at: "", ...fields } as JobEvent;
}

test("stages light up one after another, and one that is new joins the rail in its place", () => {
  let work = begin(jobOf({}));
  assert.ok(work.stages.every((row) => row.state === "waiting"));
  work = advance(work, event({ kind: "stage_started", stage: "encode_text", shared: false }));
  work = advance(work, event({ kind: "stage_finished", stage: "encode_text", cached: true }));
  work = advance(work, event({ kind: "stage_started", stage: "bake", shared: false }));
  assert.deepEqual(work.stages[0], { name: "encode_text", state: "cached" });
  assert.deepEqual(work.stages.find(({ name }) => name === "bake"), { name: "bake", state: "running" });
  const names = work.stages.map(({ name }) => name);
  assert.ok(names.indexOf("segment") < names.indexOf("bake") && names.indexOf("bake") < names.indexOf("export"));
  work = advance(work, event({ kind: "stage_started", stage: "never_heard_of", shared: false }));
  assert.equal(work.stages.at(-1)!.name, "never_heard_of");
});

test("the calls of one stage are one place on the rail, from the cache if all of them are", () => {
  let work = begin(jobOf({ operation: "convert", request: { formats: ["glb", "obj"], name: "cup" } }));
  assert.equal(work.stages[0]!.name, "read_mesh");
  work = advance(work, event({ kind: "stage_started", stage: "export_obj_lod1", shared: false }));
  assert.deepEqual(work.stages.filter(({ name }) => name === "export"), [{ name: "export", state: "running" }]);
  const report = [["export_glb", true], ["export_obj", false], ["render", true]].map(([stage, cached]) => ({ stage, cached }));
  const done = begin(jobOf({ result: { assets: {}, report } }));
  assert.deepEqual(done.stages, [{ name: "export", state: "done" }, { name: "render", state: "cached" }]);
  assert.deepEqual(["export_obj_lod1", "unwrap", "odd_one"].map(verbOf), ["write OBJ, level 1", "unwrap", "odd one"]);
});

const FILM = {
  ...{ asset: "ab".repeat(32), text_to_3d: null, quality: "draft", codec: "h264", duration_s: 4, fps: 30 },
  ...{ motion: { preset: "none", speed: 1, turns: 0 }, camera: { move: "orbit", azimuth_deg: 0, elevation_deg: 0, turns: 1 } },
  ...{ light: { preset: "studio" }, background: { kind: "light" } },
};

test("a film's frames are one place on the rail, which is done when all chunks are", () => {
  let work = begin(jobOf({ operation: "3d-to-video", request: FILM }));
  const film = () => work.stages.find(({ name }) => name === "render_frames")!.state;
  for (const stage of ["frames_13-24_of_24", "frames_1-12_of_24"]) {
    work = advance(work, event({ kind: "stage_started", stage, shared: false }));
  }
  assert.deepEqual(work.frames.map(({ first }) => first), [1, 13]);
  work = advance(work, event({ kind: "stage_finished", stage: "frames_1-12_of_24", cached: false }));
  assert.deepEqual([film(), work.frames.map(({ first }) => first)], ["running", [13]]);
  work = advance(work, event({ kind: "started", attempt: 2 })); // all is told once more
  for (const stage of ["frames_1-12_of_24", "frames_13-24_of_24"]) {
    work = advance(work, event({ kind: "stage_finished", stage, cached: stage.startsWith("frames_1-") }));
  }
  assert.deepEqual([film(), work.frames], ["done", []]);
  assert.deepEqual(["frames_13-24_of_120", "export_animation"].map(verbOf), ["frames 13–24 of 120", "write"]);
});

test("the rail of a film knows whether something moves, and whether a sentence is made first", () => {
  const names = (fields: object) => begin(jobOf({ operation: "3d-to-video", request: { ...FILM, ...fields } })).stages.map(({ name }) => name);
  assert.deepEqual(names({}).slice(0, 3), ["read_mesh", "export", "aim"]);
  const walking = names({ asset: null, text_to_3d: REQUEST, motion: { preset: "walk" } });
  assert.deepEqual([walking[0], ...walking.slice(-7, -4)], ["encode_text", "rig", "animate", "export_animation"]);
});

test("a film is called after the job that made what it is of", async () => {
  const gallery = new Gallery({ jobs: async () => ({ jobs: [], next: null }) } as unknown as Service);
  const film = jobOf({ job_id: "f", operation: "3d-to-video", request: FILM });
  assert.equal(gallery.titleOf(film), "asset abababab");
  gallery.call(FILM.asset, "cup.stl");
  assert.equal(gallery.titleOf(film), "cup.stl");
  gallery.put(jobOf({ result: { ...DONE.result, assets: { glb: { digest: FILM.asset } } } }));
  assert.equal(gallery.titleOf(film), "a lamp");
});

test("progress never falls, not even when a job begins again", () => {
  let work = begin(jobOf({ status: "running" }));
  for (const progress of [0.4, 0.2]) work = advance(work, event({ kind: "progress", progress }));
  assert.equal(work.progress, 0.4);
  assert.equal(advance(work, event({ kind: "queued", error: "worker_lost" })).status, "queued");
});

test("the end brings the report; a job without one keeps the stages that were seen", () => {
  const work = begin(jobOf({ status: "running" }));
  const done = advance(work, event({ kind: "finished", state: "completed", job: DONE }));
  assert.deepEqual(done.stages.map((row) => row.state), ["cached", "done"]);
  const failed = jobOf({ status: "failed", error: { code: "internal", detail: "It broke.", retryable: false } });
  const broken = advance(work, event({ kind: "finished", state: "failed", job: failed }));
  assert.equal(broken.stages.length, work.stages.length);
  assert.equal(broken.error?.detail, "It broke.");
});

test("a story has a line a stage, with the model and the key that the manifest knows", () => {
  const stage = { call: "denoise", params: { step_count: 8 }, model: "parts_flow/1/bc78d4f4aa", seed: 7, key: "4421d0b2ff" };
  const outputs = { code: { digest: "", media_type: "", byte_count: 4584 } };
  const manifest = { galatea: "0.1.0", stages: [{ ...stage, outputs, numeric_class: "onnxruntime-1" }] };
  const story = tell(DONE, manifest as unknown as Manifest);
  assert.equal(story.headline, "1 of 2 stages from the cache, 2.50 s");
  const [read, imagine] = story.lines;
  assert.deepEqual([read!.cached, read!.share, read!.key], [true, 0.25, null]);
  assert.deepEqual(imagine!.params, ["step count 8", "seed 7"]);
  assert.deepEqual([imagine!.model, imagine!.byteCount], ["parts_flow 1, bc78d4f4", 4584]);
  assert.ok(story.facts.some(([name, value]) => name === "Numeric class" && value === "onnxruntime-1"));
});

test("a story without a manifest is told all the same", () => {
  assert.equal(tell(DONE, null).lines.length, 2);
  assert.equal(tell(jobOf({}), null).lines.length, 0);
  assert.equal(headlineOf(jobOf({ started_at: null })), "0 stages, <0.01 s");
});

test("one thing in several formats is in the gallery once", () => {
  const jobs = ["glb", "obj", "glb"].map((format, index) =>
    jobOf({ job_id: `j${index}`, status: "completed", request: { ...REQUEST, format, seed: index < 2 ? 7 : 8 } }),
  );
  assert.deepEqual(distinct(jobs).map((job) => job.job_id), ["j0", "j2"]);
});

test("parts that differ by a number are one entry", () => {
  const groups = groupParts(["cap", "spot", "spot_2", "spot_10", "table_leg"]);
  assert.deepEqual(groups.map((group) => group.label), ["cap", "spot × 3", "table leg"]);
  assert.deepEqual(groups[1]!.names, ["spot", "spot_2", "spot_10"]);
});
