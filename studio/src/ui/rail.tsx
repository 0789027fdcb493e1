import type { Work } from "../state/work";
import { headlineOf } from "../state/story";
import { verbOf } from "../words";

const SAID = { waiting: "waits", running: "runs", done: "done", cached: "from the cache" };

/** The stages of the work, which light up one after another. */
export function Rail({ work }: { work: Work }) {
  return (
    <ol class="rail" aria-label="Stages" data-status={work.status}>
      {work.stages.map(({ name, state }) => (
        <li key={name} data-state={state}>
          <span class="verb">{verbOf(name)}</span>
          <span class="unseen">: {SAID[state]}</span>
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

function statusOf({ status, job, progress }: Work): string {
  switch (status) {
    case "queued":
      return job.queue_position ? `In the queue, ${job.queue_position} before it` : "In the queue";
    case "running":
      return `At work, ${Math.round(progress * 100)} %`;
    case "completed":
      return job.operation === "convert" ? `${job.request.name}: ${headlineOf(job)}` : `${headlineOf(job)}, seed ${job.request.seed}`;
    case "cancelled":
      return "Cancelled";
    case "failed":
      return "It did not work out";
  }
}
