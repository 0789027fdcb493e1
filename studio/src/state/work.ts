/** What is known of the job on the stage: a plain value, moved on by its events. */
import type { Asset, Job, JobEvent, JobState, Problem } from "../api/types";
import { STAGE_WORDS } from "../words";

export type StageState = "waiting" | "running" | "done" | "cached";

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

/** A job as it was just read. One that has ended tells its stages by its report; else its events will. */
export function begin(job: Job): Work {
  const report = job.result?.report;
  const stages: StageRow[] = report
    ? report.map((row) => ({ name: row.stage, state: row.cached ? "cached" : "done" }))
    : Object.keys(STAGE_WORDS).map((name) => ({ name, state: "waiting" }));
  return {
    jobId: job.job_id,
    job,
    status: job.status,
    progress: job.progress,
    stages,
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

function marked(stages: StageRow[], name: string, state: StageState): StageRow[] {
  if (!stages.some((row) => row.name === name)) return [...stages, { name, state }];
  return stages.map((row) => (row.name === name ? { name, state } : row));
}
