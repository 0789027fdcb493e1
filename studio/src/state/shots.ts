/** What a visitor may choose of a film, as text of fields, and the request that it makes. A field left empty is not sent. */
import type { FilmRequest } from "../api/film";

/** How a film is taken. */
export interface Shot {
  preset: string;
  speed: string;
  /** Of the thing, about the vertical, while it moves. */
  motion_turns: string;
  move: string;
  azimuth_deg: string;
  elevation_deg: string;
  /** Of the camera, around the thing. */
  camera_turns: string;
  duration_s: string;
  quality: string;
  light: string;
  background: string;
  color: string;
  color_end: string;
  codec: string;
  width: string;
  height: string;
  fps: string;
}

/** Where the stage is looked at from: 0 to the side is before the front, 90 on the side of +X. */
export interface Bearing {
  azimuthDeg: number;
  elevationDeg: number;
}

/** A turntable of four seconds, soon there. */
export const FIRST_SHOT: Shot = {
  ...{ preset: "", speed: "", motion_turns: "", move: "", azimuth_deg: "", elevation_deg: "", camera_turns: "" },
  ...{ duration_s: "4", quality: "draft", light: "", background: "", color: "#dfe5e8", color_end: "#8d9aa3" },
  ...{ codec: "", width: "", height: "", fps: "" },
};

/** Whether the choice of a motion, a move or a background leaves a field a meaning. */
export const READS = {
  speed: ({ preset }: Shot) => preset !== "",
  motionTurns: ({ preset }: Shot) => preset !== "" && preset !== "spin",
  cameraTurns: ({ move }: Shot) => move === "" || move === "spiral",
  color: ({ background }: Shot) => background === "color" || background === "gradient",
  colorEnd: ({ background }: Shot) => background === "gradient",
};

/** The body that films an asset of the store. The camera begins where the visitor looks from, if the fields say nothing else. */
export function shotFields(shot: Shot, asset: string, bearing: Bearing | null): Record<string, unknown> {
  const motion = given({
    preset: shot.preset,
    speed: READS.speed(shot) && number(shot.speed),
    turns: READS.motionTurns(shot) && number(shot.motion_turns),
  });
  const camera = given({
    move: shot.move,
    azimuth_deg: number(shot.azimuth_deg) ?? (bearing && Math.round(bearing.azimuthDeg)),
    elevation_deg: number(shot.elevation_deg) ?? (bearing && Math.round(bearing.elevationDeg)),
    turns: READS.cameraTurns(shot) && number(shot.camera_turns),
  });
  const background = given({
    kind: shot.background,
    color: READS.color(shot) && shot.color,
    color_end: READS.colorEnd(shot) && shot.color_end,
  });
  const { quality, duration_s, width, height, fps } = shot;
  const codec = shot.codec || usualCodec(shot);
  const numbers = { duration_s: number(duration_s), width: number(width), height: number(height), fps: number(fps) };
  const light = given({ preset: shot.light });
  return { asset, ...given({ quality, codec, ...numbers, motion, camera, light, background }), priority: "interactive" };
}

/** The codec that fits where none is chosen; "" leaves it to the service. */
export function usualCodec({ background }: Shot): string {
  return background === "transparent" ? "vp9" : "";
}

/** The fields of a form that asks for a film once more; what it has no field for is left to the service. */
export function shotOf(request: FilmRequest): Shot {
  const { motion, camera, light, background } = request;
  return {
    preset: motion.preset === "bvh" ? "" : other(motion.preset, "none"), // it needs its file
    speed: other(motion.speed, 1),
    motion_turns: other(motion.turns, 0),
    move: camera.move === "keyframes" ? "" : other(camera.move, "orbit"), // it needs its keys
    azimuth_deg: String(camera.azimuth_deg),
    elevation_deg: String(camera.elevation_deg),
    camera_turns: other(camera.turns, 1),
    duration_s: String(request.duration_s),
    quality: request.quality,
    light: other(light.preset, "studio"),
    background: other(background.kind, "light"),
    color: background.color ?? FIRST_SHOT.color,
    color_end: background.color_end ?? FIRST_SHOT.color_end,
    codec: other(request.codec, "h264"),
    width: other(request.width, null),
    height: other(request.height, null),
    fps: other(request.fps, 30),
  };
}

function number(text: string): number | null {
  return text.trim() === "" ? null : Number(text);
}

function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => isGiven(value)));
}

function isGiven(value: unknown): boolean {
  if (value === null || value === "" || value === false) return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

/** A value as a field's text; empty where it is the service's own choice. */
function other(value: string | number | null, usual: string | number | null): string {
  return value === usual ? "" : String(value);
}
