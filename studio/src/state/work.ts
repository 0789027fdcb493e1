/** What is known of the job on the stage: a plain value, moved on by its events. */
import type { Operation } from "../api/requests";
import type { Asset, Job, JobEvent, JobState, Problem } from "../api/types";
import { STAGE_WORDS, stageOf } from "../words";

export type StageState = "waiting" | "running" | "done" | "cached";

/** A stage, which may be called several times: once for each file, say. */
export interface StageRow {
  name: string;
  state: StageState;
}

export interface Work {
  jobId: string;
  job: Job;
  status: JobState;
  progress: number;
  stages: StageRow[];
  preview: Asset | null;
  error: Problem | null;
}

/** Stages that every job of an operation has; others join the rail when they begin. */
const EXPECTED: Record<Operation, string[]> = {
  "text-to-3d": [
    ...["encode_text", "classify", "denoise", "assemble", "sketch", "extract_mesh", "clean", "segment"],
    ...["export", "render", "turntable", "inspect"],
  ],
  convert: ["read_mesh", "place", "export", "render", "turntable", "inspect"],
};
const ORDER = Object.keys(STAGE_WORDS);

/** A job as it was just read. One that has ended tells its stages by its report; else its events will. */
export function begin(job: Job): Work {
  const waiting = EXPECTED[job.operation].map((name): StageRow => ({ name, state: "waiting" }));
  return {
    jobId: job.job_id,
    job,
    status: job.status,
    progress: job.progress,
    stages: job.result ? reported(job.result.report) : waiting,
    preview: null,
    error: job.error,
  };
}

/** The work after one more event. */
export function advance(work: Work, event: JobEvent): Work {
  switch (event.kind) {
    case "queued":
      return { ...work, status: "queued" };
    case "started":
      return { ...work, status: "running" };
    case "stage_started":
      return { ...work, stages: marked(work.stages, event.stage, "running") };
    case "stage_finished":
      return { ...work, stages: marked(work.stages, event.stage, event.cached ? "cached" : "done") };
    case "progress":
      return { ...work, progress: Math.max(work.progress, event.progress) };
    case "preview":
      return { ...work, preview: event.asset };
    case "finished":
      return { ...begin(event.job), preview: work.preview, ...(event.job.result ? {} : { stages: work.stages }) };
  }
}

/** The stages of a report; one is from the cache if all its calls are. */
function reported(report: { stage: string; cached: boolean }[]): StageRow[] {
  const all = new Map<string, boolean>();
  for (const { stage, cached } of report) all.set(stageOf(stage), cached && (all.get(stageOf(stage)) ?? true));
  return [...all].map(([name, cached]) => ({ name, state: cached ? "cached" : "done" }));
}

function marked(stages: StageRow[], call: string, state: StageState): StageRow[] {
  const name = stageOf(call);
  if (stages.some((row) => row.name === name)) {
    return stages.map((row) => (row.name === name ? { name, state } : row));
  }
  const later = stages.findIndex((row) => ORDER.includes(name) && ORDER.indexOf(row.name) > ORDER.indexOf(name));
  const at = later < 0 ? stages.length : later;
  return [...stages.slice(0, at), { name, state }, ...stages.slice(at)];
}
