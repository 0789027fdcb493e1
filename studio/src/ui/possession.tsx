import { useSignal } from "@preact/signals";
import { type Format, hasEnded } from "../api/types";
import type { Studio } from "../state/studio";
import type { Work } from "../state/work";

const FORMATS: Format[] = ["glb", "obj", "ply", "stl"];

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
      <button type="button" onClick={() => void studio.reroll()}>
        Re-roll
      </button>
      <button type="button" onClick={() => void share()}>
        {copied.value === work.jobId ? "Link copied" : "Share"}
      </button>
      {work.status === "completed" && (
        <span class="downloads" role="group" aria-label="Download">
          {FORMATS.map((format) => (
            <button key={format} type="button" aria-label={`Download ${format.toUpperCase()}`} onClick={() => void studio.save(format)}>
              {format.toUpperCase()}
            </button>
          ))}
        </span>
      )}
    </div>
  );
}
