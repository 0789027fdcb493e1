import { useSignal } from "@preact/signals";
import { hasEnded } from "../api/types";
import { FORMAT_NAMES, sourceOf } from "../state/formats";
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
      {sourceOf(work.job) && (
        <button type="button" onClick={() => studio.takeFromStage()}>
          Rework
        </button>
      )}
      <button type="button" onClick={() => void share()}>
        {copied.value === work.jobId ? "Link copied" : "Share"}
      </button>
      {work.status === "completed" && <Downloads studio={studio} work={work} />}
    </div>
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
