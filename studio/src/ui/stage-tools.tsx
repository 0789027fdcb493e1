import type { Signal } from "@preact/signals";
import type { PartGroup } from "./part-groups";

const MOST_PARTS = 40;

interface Props {
  turntable: Signal<boolean>;
  wireframe: Signal<boolean>;
  onHome: () => void;
  onParts: (names: string[]) => void;
  about: { extent: [number, number, number]; faceCount: number; parts: PartGroup[] } | null;
}

/** What turns and strips the model, its measures, and its parts by name, for those who point with keys. */
export function StageTools({ turntable, wireframe, onHome, onParts, about }: Props) {
  return (
    <div class="stage-tools">
      <div class="switches" role="group" aria-label="View">
        <button type="button" class="quiet" aria-pressed={turntable.value} onClick={() => (turntable.value = !turntable.value)}>
          Turntable
        </button>
        <button type="button" class="quiet" aria-pressed={wireframe.value} onClick={() => (wireframe.value = !wireframe.value)}>
          Wireframe
        </button>
        <button type="button" class="quiet" onClick={onHome}>
          First view
        </button>
      </div>
      {about && (
        <div class="measures">
          <p>{about.extent.map((length) => length.toFixed(2)).join(" × ")} m</p>
          <p>{about.faceCount.toLocaleString("en")} faces</p>
          <ul aria-label="Parts">
            {about.parts.slice(0, MOST_PARTS).map(({ label, names }) => (
              <li key={label}>
                <button
                  type="button"
                  onFocus={() => onParts(names)}
                  onBlur={() => onParts([])}
                  onPointerEnter={() => onParts(names)}
                  onPointerLeave={() => onParts([])}
                >
                  {label}
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
