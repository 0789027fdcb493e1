import { useSignal } from "@preact/signals";
import type { Job } from "../api/types";
import type { Studio } from "../state/studio";
import { Picture } from "./picture";

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** A thing of the history. Its turntable is fetched when somebody points at it, and turns for as long. */
export function Frame({ studio, job }: { studio: Studio; job: Job }) {
  const turning = useSignal(false);
  const { picture, poster, turntable } = job.result?.assets ?? {};
  const still = picture ?? poster;
  const current = studio.work.value?.jobId === job.job_id;
  const isFilm = job.operation === "3d-to-video";
  const title = studio.titleOf(job) + (isFilm ? ", film" : "");
  const turn = () => (turning.value = !calm.matches);
  const rest = () => (turning.value = false);
  return (
    <li>
      <button
        type="button"
        class="frame"
        data-film={isFilm && still !== undefined}
        data-job={job.job_id}
        aria-current={current}
        aria-label={`${title}, ${job.status}`}
        title={title}
        onClick={() => void studio.open(job.job_id)}
        onPointerEnter={turn}
        onPointerLeave={rest}
        onFocus={turn}
        onBlur={rest}
      >
        {still ? <Picture service={studio.service} digest={still.digest} alt="" /> : <span>{job.status}</span>}
        {turning.value && turntable && (
          <Picture class="turntable" service={studio.service} digest={turntable.digest} alt="" />
        )}
      </button>
    </li>
  );
}
