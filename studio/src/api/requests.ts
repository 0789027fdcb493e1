/** What the service is asked: the bodies of its operations, field by field as in /openapi.json. */
import type { Policy } from "./acceptance";

export type Operation = "text-to-3d" | "convert";
export type Quality = "draft" | "medium" | "high" | "ultra";
export type Format = "glb" | "gltf" | "usdz" | "obj" | "ply" | "stl" | "fbx";

interface Common {
  texture_size: number | null;
  lod_count: number;
  compression: "none" | "meshopt";
  policy: Policy | null;
}

export interface TextTo3dRequest extends Common {
  prompt: string;
  negative_prompt: string;
  format: Format;
  quality: Quality;
  poly_count: number;
  guidance_scale: number;
  seed: number;
}

export interface ConvertRequest extends Common {
  asset: string;
  formats: Format[];
  name: string;
  up_axis: "auto" | "y" | "z";
  unit_m: number;
  longest_m: number | null;
  pivot: "keep" | "centre" | "bottom";
  repair: boolean;
  fill_holes: "none" | "small" | "all";
  smooth_count: number;
  remesh_resolution: number | null;
  poly_count: number | null;
}

/** A request with all of its defaults, as a job tells it. */
export type Asked =
  | { operation: "text-to-3d"; request: TextTo3dRequest }
  | { operation: "convert"; request: ConvertRequest };

/** What a job's thing is called on the page. */
export function titleOf(job: Asked): string {
  return job.operation === "convert" ? job.request.name : job.request.prompt;
}

/** The format of its main file. */
export function mainFormatOf(job: Asked): Format {
  return job.operation === "convert" ? job.request.formats[0]! : job.request.format;
}

/** The same request for another file. */
export function inFormat(job: Asked, format: Format): Record<string, unknown> {
  const other = job.operation === "convert" ? { formats: [format] } : { format };
  return { ...job.request, ...other, priority: "interactive" };
}
