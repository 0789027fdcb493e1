import assert from "node:assert/strict";
import { test } from "node:test";
import type { TextTo3dRequest } from "../src/api/requests";
import { FIRST_STEPS, FIRST_WISH, stepFields, wishFields, wishOf } from "../src/state/wishes";

const DIGEST = "ab".repeat(32);

test("what nobody chose is not sent", () => {
  assert.deepEqual(wishFields({ ...FIRST_WISH, prompt: "a lamp" }), {
    ...{ prompt: "a lamp", quality: "medium", format: "glb", seed: -1, priority: "interactive" },
  });
  assert.deepEqual(stepFields(FIRST_STEPS, DIGEST, "cup.stl"), {
    ...{ asset: DIGEST, name: "cup", formats: ["glb"], repair: true, priority: "interactive" },
  });
});

test("numbers are sent as numbers, also the texture that is none", () => {
  const wish = { ...FIRST_WISH, prompt: "a lamp", seed: "0", texture_size: "0", lod_count: "2", policy: "print" };
  const { seed, texture_size, lod_count, policy } = wishFields(wish);
  assert.deepEqual([seed, texture_size, lod_count, policy], [0, 0, 2, "print"]);
  const steps = { ...FIRST_STEPS, repair: false, longest_m: "0.25", smooth_count: "3", up_axis: "z" };
  const { repair, longest_m, smooth_count, up_axis } = stepFields(steps, DIGEST, "cup");
  assert.deepEqual([repair, longest_m, smooth_count, up_axis], [false, 0.25, 3, "z"]);
});

test("a job's form asks for the same again", () => {
  const chosen = { texture_size: 512, lod_count: 1, policy: "game", compression: "meshopt", poly_count: 5_000 } as const;
  const request = { prompt: "a lamp", quality: "high", format: "usdz", seed: 3, guidance_scale: 7.5, negative_prompt: "", ...chosen };
  const { seed, ...fields } = wishFields(wishOf(request as TextTo3dRequest, ""));
  assert.equal(seed, -1);
  assert.deepEqual(fields, { prompt: "a lamp", quality: "high", format: "usdz", priority: "interactive", ...chosen });
});

test("a file's name becomes one that assets may have", () => {
  const named = (name: string) => stepFields(FIRST_STEPS, DIGEST, name)["name"];
  assert.deepEqual(["../Käfer (2).final.obj", "…", "x".repeat(80)].map(named), ["K-fer-2-.final", "asset", "x".repeat(64)]);
});
