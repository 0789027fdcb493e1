/** What is known of the job on the stage: a plain value, moved on by its events. */
import type { Asked } from "../api/requests";
import type { Asset, Job, JobEvent, JobState, Problem } from "../api/types";
import { type FrameRange, framesOf, STAGE_WORDS, stageOf } from "../words";

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
  /** Frames of a film that are being taken, the first first, and how many have been. */
  frames: FrameRange[];
  takenCount: number;
  error: Problem | null;
}

const SHAPED = ["encode_text", "classify", "denoise", "assemble", "sketch", "extract_mesh", "clean", "segment"];
const SHOWN = ["export", "render", "turntable", "inspect"];
const ORDER = Object.keys(STAGE_WORDS);

/** A job as it was just read. One that has ended tells its stages by its report; else its events will. */
export function begin(job: Job): Work {
  const waiting = expected(job).map((name): StageRow => ({ name, state: "waiting" }));
  return {
    jobId: job.job_id,
    job,
    status: job.status,
    progress: job.progress,
    stages: job.result ? reported(job.result.report) : waiting,
    preview: null,
    frames: [],
    takenCount: 0,
    error: job.error,
  };
}

/** The work after one more event. */
export function advance(work: Work, event: JobEvent): Work {
  switch (event.kind) {
    case "queued":
      return { ...work, status: "queued" };
    case "started":
      return { ...work, status: "running", frames: [], takenCount: 0 };
    case "stage_started":
      return { ...work, frames: taking(work, event.stage), stages: marked(work.stages, event.stage, "running") };
    case "stage_finished":
      return ended(work, event.stage, event.cached ? "cached" : "done");
    case "progress":
      return { ...work, progress: Math.max(work.progress, event.progress) };
    case "preview":
      return { ...work, preview: event.asset };
    case "finished":
      return { ...begin(event.job), preview: work.preview, ...(event.job.result ? {} : { stages: work.stages }) };
  }
}

/** Stages that such a job has in any case; others join the rail when they begin. */
function expected(asked: Asked): string[] {
  if (asked.operation === "text-to-3d") return [...SHAPED, ...SHOWN];
  if (asked.operation === "convert") return ["read_mesh", "place", ...SHOWN];
  const { text_to_3d, motion } = asked.request;
  const moving = motion.preset === "none" ? ["export"] : ["rig", motion.preset === "bvh" ? "retarget" : "animate", "export_animation"];
  return [...(text_to_3d ? SHAPED : ["read_mesh"]), ...moving, "aim", "peek", "render_frames", "encode_video"];
}

/** What is being taken once this call has begun; a call without frames changes nothing. */
function taking({ frames }: Work, call: string): FrameRange[] {
  const begun = framesOf(call);
  return begun ? [...frames, begun].sort((one, other) => one.first - other.first) : frames;
}

/** The work after the end of a call; a film's frames are done when all calls that take some are. */
function ended(work: Work, call: string, state: StageState): Work {
  const range = framesOf(call);
  if (!range) return { ...work, stages: marked(work.stages, call, state) };
  const frames = work.frames.filter(({ first }) => first !== range.first);
  const takenCount = work.takenCount + range.last - range.first + 1;
  const stages = marked(work.stages, call, takenCount < range.count ? "running" : state);
  return { ...work, frames, takenCount, stages };
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
