import type { Job } from "../api/types";
import { filesOf } from "../state/formats";
import type { Studio } from "../state/studio";
import { size } from "../words";

/** Names and what belongs to them. */
export function Pairs({ rows }: { rows: [string, string][] }) {
  return (
    <dl class="pairs">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** All there is to download of a job. */
export function Files({ studio, job }: { studio: Studio; job: Job }) {
  return (
    <section>
      <h3>Files</h3>
      <ul class="files">
        {filesOf(job).map(({ name, label, asset }) => (
          <li key={name}>
            <button type="button" class="example" onClick={() => void studio.saveFile(job, name, asset)}>
              {label}
            </button>
            <span class="fine">{size(asset.bytes)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
