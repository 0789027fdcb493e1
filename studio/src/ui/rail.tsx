import type { Work } from "../state/work";
import { headlineOf } from "../state/story";
import { hasEnded, type Job } from "../api/types";
import { frameWords, verbOf } from "../words";

const SAID = { waiting: "waits", running: "runs", done: "done", cached: "from the cache" };

/** The stages of the work, which light up one after another. */
export function Rail({ work }: { work: Work }) {
  return (
    <ol class="rail" aria-label="Stages" data-status={work.status}>
      {work.stages.map(({ name, state }) => (
        <li key={name} data-state={state}>
          <span class="verb">{verbOf(name)}</span>
          <span class="unseen">: {state === "running" && hasEnded(work.status) ? "broke off" : SAID[state]}</span>
        </li>
      ))}
    </ol>
  );
}

/** How the work stands, in a line that screen readers speak. */
export function Status({ work, live }: { work: Work; live: boolean }) {
  return (
    <p class="status" role="status">
      {live ? statusOf(work) : "The service is out of reach; this goes on where it broke off."}
    </p>
  );
}

function statusOf({ status, job, progress, frames }: Work): string {
  switch (status) {
    case "queued":
      return job.queue_position ? `In the queue, ${job.queue_position} before it` : "In the queue";
    case "running":
      return `At work, ${Math.round(progress * 100)} %${frames[0] ? `: ${frameWords(frames[0])}` : ""}`;
    case "completed":
      return completedOf(job);
    case "cancelled":
      return "Cancelled";
    case "failed":
      return "It did not work out";
  }
}

function completedOf(job: Job): string {
  if (job.operation === "convert") return `${job.request.name}: ${headlineOf(job)}`;
  return job.operation === "text-to-3d" ? `${headlineOf(job)}, seed ${job.request.seed}` : headlineOf(job);
}
