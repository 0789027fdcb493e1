import type { Signal } from "@preact/signals";
import { counted, extent } from "../words";
import type { PartGroup } from "./part-groups";

const MOST_PARTS = 40;

interface Props {
  turntable: Signal<boolean>;
  wireframe: Signal<boolean>;
  clay: Signal<boolean>;
  onHome: () => void;
  onParts: (names: string[]) => void;
  about: { extent: [number, number, number]; faceCount: number; parts: PartGroup[] } | null;
}

/** What turns and strips the model, its measures, and its parts by name, for those who point with keys. */
export function StageTools({ turntable, wireframe, clay, onHome, onParts, about }: Props) {
  return (
    <div class="stage-tools">
      <div class="switches" role="group" aria-label="View">
        <Switch label="Turntable" on={turntable} />
        <Switch label="Clay" on={clay} />
        <Switch label="Wireframe" on={wireframe} />
        <button type="button" class="quiet" onClick={onHome}>
          First view
        </button>
      </div>
      {about && (
        <div class="measures">
          <p>{extent(about.extent)}</p>
          <p>{counted(about.faceCount, "face")}</p>
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

function Switch({ label, on }: { label: string; on: Signal<boolean> }) {
  return (
    <button type="button" class="quiet" aria-pressed={on.value} onClick={() => (on.value = !on.value)}>
      {label}
    </button>
  );
}
