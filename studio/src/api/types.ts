/** What the service answers; field by field as in /openapi.json. */

import type { Acceptance } from "./acceptance";
import type { FilmReport } from "./film";
import type { Asked } from "./requests";

export type JobState = "queued" | "running" | "completed" | "failed" | "cancelled";

export interface Problem {
  code: string;
  detail: string;
  field?: string | null;
  retryable: boolean;
  retry_after_s?: number | null;
}

export interface Asset {
  digest: string;
  media_type: string;
  bytes: number;
  url: string;
}

export interface StageReport {
  stage: string;
  cached: boolean;
  wall_s: number;
  cost: { cpu_s: number; gpu_s: number; byte_count: number };
}

export interface Result {
  assets: Record<string, Asset>;
  report: StageReport[];
  manifest: Asset;
  warnings: string[];
  seed: number;
  acceptance: Acceptance | null;
  /** What the main file measures, where it is a film. */
  film: FilmReport | null;
}

interface Standing {
  job_id: string;
  status: JobState;
  priority: string;
  progress: number;
  queue_position: number | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  result: Result | null;
  error: Problem | null;
}

export type Job = Standing & Asked;

export interface JobPage {
  jobs: Job[];
  next: string | null;
}

export interface Model {
  name: string;
  version: number;
  digest: string | null;
  licence: string;
  summary: string;
  categories: string[] | null;
}

export interface ManifestStage {
  call: string;
  stage: string;
  version: number;
  key: string;
  params: Record<string, unknown>;
  model: string | null;
  numeric_class: string;
  seed: number | null;
  outputs: Record<string, { digest: string; media_type: string; byte_count: number }>;
}

export interface Manifest {
  galatea: string;
  stages: ManifestStage[];
}

interface Told {
  seq: number;
  at: string;
}

export type JobEvent = Told &
  (
    | { kind: "queued"; error: string | null }
    | { kind: "started"; attempt: number }
    | { kind: "stage_started"; stage: string; shared: boolean }
    | { kind: "progress"; progress: number }
    | { kind: "preview"; stage: string; asset: Asset }
    | { kind: "stage_finished"; stage: string; cached: boolean }
    | { kind: "finished"; state: JobState; job: Job }
  );

export function hasEnded(state: JobState): boolean {
  return state === "completed" || state === "failed" || state === "cancelled";
}
