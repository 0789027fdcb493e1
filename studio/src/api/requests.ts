/** What the service is asked: the bodies of its operations, field by field as in /openapi.json. */
import type { Policy } from "./acceptance";
import type { FilmRequest } from "./film";

export type Operation = "text-to-3d" | "convert" | "3d-to-video";
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
  | { operation: "convert"; request: ConvertRequest }
  | { operation: "3d-to-video"; request: FilmRequest };

/** Asked of a job whose main file is a mesh. */
export type AskedMesh = Exclude<Asked, { operation: "3d-to-video" }>;

/** What a job's thing is called on the page. A film's request does not name its asset; `Gallery.titleOf` may know more. */
export function titleOf(job: Asked): string {
  if (job.operation === "convert") return job.request.name;
  if (job.operation === "text-to-3d") return job.request.prompt;
  return job.request.text_to_3d?.prompt ?? `asset ${job.request.asset!.slice(0, 8)}`;
}

/** The format of its main file. */
export function mainFormatOf(job: AskedMesh): Format {
  return job.operation === "convert" ? job.request.formats[0]! : job.request.format;
}

/** The same request for another file. */
export function inFormat(job: AskedMesh, format: Format): Record<string, unknown> {
  const other = job.operation === "convert" ? { formats: [format] } : { format };
  return { ...job.request, ...other, priority: "interactive" };
}
