import assert from "node:assert/strict";
import { test } from "node:test";
import type { FilmReport, FilmRequest } from "../src/api/film";
import { askedOf, gistOf, measuresOf } from "../src/state/film";
import { FIRST_SHOT, type Shot, shotFields, shotOf } from "../src/state/shots";

const DIGEST = "ab".repeat(32);
const HERE = { azimuthDeg: 75.4, elevationDeg: -2.2 };
/** As a job tells it: everything resolved. */
const REQUEST: FilmRequest = {
  ...{ asset: DIGEST, text_to_3d: null, quality: "draft", width: null, height: null, fps: 30, duration_s: 4, codec: "h264" },
  camera: { move: "orbit", azimuth_deg: 75, elevation_deg: -2, turns: 1 },
  motion: { preset: "none", speed: 1, turns: 0 },
  light: { preset: "studio" },
  background: { kind: "light", color: null, color_end: null },
};

function bodyOf(fields: Partial<Shot>): Record<string, unknown> {
  return shotFields({ ...FIRST_SHOT, ...fields }, DIGEST, null);
}

test("one press is a turntable of four seconds, from where the visitor looks", () => {
  assert.deepEqual(shotFields(FIRST_SHOT, DIGEST, HERE), {
    ...{ asset: DIGEST, quality: "draft", duration_s: 4, priority: "interactive" },
    camera: { azimuth_deg: 75, elevation_deg: -2 },
  });
  assert.equal("camera" in bodyOf({}), false);
});

test("an angle that is chosen is taken, also that of nought", () => {
  assert.deepEqual(shotFields({ ...FIRST_SHOT, azimuth_deg: "0" }, DIGEST, HERE)["camera"], { azimuth_deg: 0, elevation_deg: -2 });
});

test("what a motion, a move or a background does not read is not sent", () => {
  const filled = { speed: "2", motion_turns: "1", camera_turns: "3" };
  assert.deepEqual([bodyOf(filled)["motion"], bodyOf(filled)["camera"]], [undefined, { turns: 3 }]);
  assert.deepEqual(bodyOf({ ...filled, preset: "spin", move: "dolly" })["motion"], { preset: "spin", speed: 2 });
  assert.deepEqual(bodyOf({ ...filled, preset: "walk", move: "dolly" })["camera"], { move: "dolly" });
  assert.equal(bodyOf({})["background"], undefined);
  assert.deepEqual(bodyOf({ background: "color", color: "#102030" })["background"], { kind: "color", color: "#102030" });
  assert.deepEqual(Object.keys(bodyOf({ background: "gradient" })["background"] as object), ["kind", "color", "color_end"]);
});

test("a film without a background takes a codec that can tell it, unless another is chosen", () => {
  assert.equal(bodyOf({})["codec"], undefined);
  assert.equal(bodyOf({ background: "transparent" })["codec"], "vp9");
  assert.equal(bodyOf({ background: "transparent", codec: "gif" })["codec"], "gif");
});

test("a film's form asks for the same again", () => {
  assert.deepEqual(shotFields(shotOf(REQUEST), DIGEST, HERE), shotFields(FIRST_SHOT, DIGEST, HERE));
  const chosen = {
    ...{ quality: "high", width: 640, height: 360, fps: 24, duration_s: 2.5, codec: "gif" },
    camera: { move: "spiral", azimuth_deg: 0, elevation_deg: 10, turns: 2 },
    motion: { preset: "walk", speed: 0.5, turns: 1 },
    light: { preset: "night" },
    background: { kind: "gradient", color: "#000000", color_end: "#ffffff" },
  };
  const { asset, priority, ...body } = shotFields(shotOf({ ...REQUEST, ...chosen }), DIGEST, HERE);
  assert.deepEqual([asset, priority, body], [DIGEST, "interactive", chosen]);
});

test("a form that has no field for keys and recorded motions leaves them to the service", () => {
  const theirs = { ...REQUEST, motion: { preset: "bvh", speed: 1, turns: 0 }, camera: { ...REQUEST.camera, move: "keyframes" } };
  const { motion, camera } = shotFields(shotOf(theirs), DIGEST, HERE);
  assert.deepEqual([motion, camera], [undefined, { azimuth_deg: 75, elevation_deg: -2 }]);
});

test("what a film measures is told in words", () => {
  const film: FilmReport = {
    ...{ width: 512, height: 288, fps: 23.976, frame_count: 1200, duration_s: 50.05, codec: "avc1.64001f" },
    ...{ bitrate_bps: 1_234_567, byte_count: 7_700_000 },
  };
  assert.equal(gistOf(film), "1,200 frames, 512 × 288, H.264");
  const told = new Map(measuresOf(film));
  assert.deepEqual([told.get("Frames"), told.get("Coding")], ["1,200, 23.976 a second", "H.264, avc1.64001f"]);
  assert.deepEqual([told.get("Bit rate"), told.get("File")], ["1.2 Mbit/s", "7.7 MB"]);
  assert.equal(gistOf({ ...film, frame_count: 1, codec: "gif" }), "1 frame, 512 × 288, GIF");
});

test("what was asked of a film is told in words", () => {
  const told = new Map(askedOf({ ...REQUEST, motion: { preset: "walk", speed: 2, turns: 0 } }));
  assert.deepEqual([told.get("Of"), told.get("Motion")], ["asset abababab", "walk, 2 times as fast"]);
  assert.equal(told.get("Camera"), "orbit, from 75° aside, -2° up");
});
