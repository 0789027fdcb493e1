import { useSignal } from "@preact/signals";
import { hasEnded } from "../api/types";
import { FORMAT_NAMES, filesOf, sourceOf } from "../state/formats";
import type { Studio } from "../state/studio";
import type { Work } from "../state/work";

/** What one may do with the thing on the stage: take it home, roll again, share it; or stop it being made. */
export function Possession({ studio, work }: { studio: Studio; work: Work }) {
  const copied = useSignal("");
  if (!hasEnded(work.status)) {
    return (
      <div class="possession">
        <button type="button" onClick={() => void studio.cancel()}>
          Cancel
        </button>
      </div>
    );
  }
  const isFilm = work.job.operation === "3d-to-video";
  const share = async () => {
    const address = `${location.origin}/?job=${work.jobId}`;
    if (navigator.clipboard) await navigator.clipboard.writeText(address);
    else studio.note.value = address; // plain http from another machine has no clipboard
    copied.value = navigator.clipboard ? work.jobId : "";
  };
  return (
    <div class="possession">
      {work.job.operation === "text-to-3d" && (
        <button type="button" onClick={() => void studio.reroll()}>
          Re-roll
        </button>
      )}
      {sourceOf(work.job) && !isFilm && (
        <button type="button" onClick={() => studio.takeFromStage("convert")}>
          Rework
        </button>
      )}
      {(sourceOf(work.job) || isFilm) && <FilmButton studio={studio} />}
      <button type="button" onClick={() => void share()}>
        {copied.value === work.jobId ? "Link copied" : "Share"}
      </button>
      {work.status === "completed" && (isFilm ? <Files studio={studio} work={work} /> : <Downloads studio={studio} work={work} />)}
    </div>
  );
}

/** Opens the drawer that films what is on the stage. */
export function FilmButton({ studio }: { studio: Studio }) {
  const open = studio.drawer.value === "film";
  const toggle = () => (open ? void (studio.drawer.value = "") : studio.takeFromStage("film"));
  return (
    <button type="button" aria-expanded={open} aria-controls="drawer-film" onClick={toggle}>
      Film
    </button>
  );
}

/** All there is of a film. */
function Files({ studio, work: { job } }: { studio: Studio; work: Work }) {
  return (
    <span class="downloads" role="group" aria-label="Download">
      {filesOf(job).map(({ name, label, asset }) => (
        <button key={name} type="button" aria-label={`Download ${label}`} onClick={() => void studio.saveFile(job, name, asset)}>
          {label}
        </button>
      ))}
    </span>
  );
}

function Downloads({ studio, work }: { studio: Studio; work: Work }) {
  return (
    <span class="downloads" role="group" aria-label="Download">
      {studio.formats.map((format) => (
        <button
          key={format}
          type="button"
          data-made={format in work.job.result!.assets}
          aria-label={`Download ${FORMAT_NAMES[format]}`}
          onClick={() => void studio.save(format)}
        >
          {FORMAT_NAMES[format]}
        </button>
      ))}
    </span>
  );
}
