/** A manifest and its job's report, told as a story. */
import type { Job, Manifest, ManifestStage } from "../api/types";
import { count, seconds, short, toldOf, verbOf } from "../words";
import { askedOf as filmAskedOf } from "./film";
import { FORMAT_NAMES } from "./formats";

export interface StoryLine {
  stage: string;
  verb: string;
  told: string;
  /** "parts_flow 1, bc78d4f4" where a model took part. */
  model: string | null;
  /** Parameters worth reading, "step_count 8". */
  params: string[];
  key: string | null;
  byteCount: number;
  cached: boolean;
  wallS: number;
  /** Of the longest stage's time, 0 to 1. */
  share: number;
}

export interface Story {
  headline: string;
  lines: StoryLine[];
  facts: [string, string][];
}

const TOLD_ELSEWHERE = new Set(["prompt", "negative_prompt", "name"]);

/** The story of a completed job; without the manifest it knows no models and no keys. */
export function tell(job: Job, manifest: Manifest | null): Story {
  const report = job.result?.report ?? [];
  const longestS = Math.max(...report.map((row) => row.wall_s), 0.001);
  const lines = report.map((row) => {
    const made = manifest?.stages.find((stage) => stage.call === row.stage);
    return {
      stage: row.stage,
      verb: verbOf(row.stage),
      told: toldOf(row.stage),
      ...provenance(made),
      cached: row.cached,
      wallS: row.wall_s,
      share: row.wall_s / longestS,
    };
  });
  return { headline: headlineOf(job), lines, facts: factsOf(job, manifest) };
}

/** "8 of 9 stages from the cache, 0.12 s": what a job took, in a line. */
export function headlineOf(job: Job): string {
  const report = job.result?.report ?? [];
  const cached = report.filter((row) => row.cached).length;
  const tookS = job.finished_at && job.started_at ? (Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000 : 0;
  const stages = cached ? `${cached} of ${report.length} stages from the cache` : `${report.length} stages`;
  return `${stages}, ${seconds(tookS)}`;
}

function provenance(made: ManifestStage | undefined): Pick<StoryLine, "model" | "params" | "key" | "byteCount"> {
  if (!made) return { model: null, params: [], key: null, byteCount: 0 };
  const params = Object.entries(made.params)
    .filter(([name]) => !TOLD_ELSEWHERE.has(name))
    .flatMap(([name, value]) => paramWords(name, value));
  if (made.seed !== null) params.push(`seed ${made.seed}`);
  const byteCount = Object.values(made.outputs).reduce((total, output) => total + output.byte_count, 0);
  return { model: made.model && modelName(made.model), params, key: made.key, byteCount };
}

/** "step count 8"; of a group each that is set, "background kind light". */
function paramWords(name: string, value: unknown): string[] {
  const words = name.replaceAll("_", " ");
  if (value === null || (Array.isArray(value) && value.length === 0)) return [];
  if (Array.isArray(value)) return [`${words} ${value.join(", ")}`];
  if (typeof value !== "object") return [`${words} ${String(value)}`];
  return Object.entries(value).flatMap(([inner, part]) => (part === false ? [] : paramWords(`${words} ${inner}`, part)));
}

function modelName(model: string): string {
  const [name, version, digest] = model.split("/");
  return `${name} ${version}${digest ? `, ${short(digest)}` : ""}`;
}

function askedOf(job: Job): [string, string][] {
  if (job.operation === "3d-to-video") return filmAskedOf(job.request);
  const { poly_count, texture_size } = job.request;
  const faces: [string, string] = ["Most faces", poly_count === null ? "as they came" : count(poly_count)];
  const texture: [string, string][] = texture_size === null ? [] : [["Texture", texture_size ? `${count(texture_size)} pixels` : "none"]];
  if (job.operation === "convert") {
    return [["Files", job.request.formats.map((format) => FORMAT_NAMES[format]).join(", ")], faces, ...texture];
  }
  const { quality, guidance_scale, seed } = job.request;
  return [["Seed", String(job.result?.seed ?? seed)], ["Quality", quality], faces, ["Guidance", String(guidance_scale)], ...texture];
}

function factsOf(job: Job, manifest: Manifest | null): [string, string][] {
  const classes = new Set(manifest?.stages.map((stage) => stage.numeric_class).filter((name) => name.includes("onnx")));
  const facts = askedOf(job);
  if (classes.size) facts.push(["Numeric class", [...classes].join(", ")]);
  if (manifest) facts.push(["Galatea", manifest.galatea]);
  return facts;
}
