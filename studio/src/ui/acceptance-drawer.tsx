import type { Acceptance, Check, MaterialReport } from "../api/acceptance";
import type { Job } from "../api/types";
import { flawsOf, gistOf, measuresOf, nameOf, swatch, textureOf, verdictOf } from "../state/fitness";
import { filesOf } from "../state/formats";
import type { Studio } from "../state/studio";
import { count, percent, size } from "../words";
import { Atlas } from "./atlas";
import { Drawer } from "./drawer";

/** The verdict on the thing on the stage, in a line; it opens the whole report. */
export function Badge({ studio }: { studio: Studio }) {
  const report = studio.work.value?.job.result?.acceptance;
  if (!report) return null;
  const open = studio.drawer.value === "acceptance";
  const { accepted, said } = verdictOf(report);
  return (
    <button
      type="button"
      class="badge"
      data-accepted={accepted}
      aria-expanded={open}
      aria-controls="drawer-acceptance"
      onClick={() => (studio.drawer.value = open ? "" : "acceptance")}
    >
      <Mark passed={accepted} />
      {said}
      <span class="gist">{gistOf(report)}</span>
    </button>
  );
}

/** What the thing on the stage measures, and whether it is fit for use. */
export function AcceptanceDrawer({ studio }: { studio: Studio }) {
  return (
    <Drawer studio={studio} name="acceptance" title="What it measures">
      {() => <Report studio={studio} />}
    </Drawer>
  );
}

function Report({ studio }: { studio: Studio }) {
  const job = studio.work.value?.job;
  const report = job?.result?.acceptance;
  if (!job || !report) return <p>Nothing is measured yet: the report comes with a finished thing.</p>;
  return (
    <>
      <Verdict report={report} />
      <Pairs rows={measuresOf(report)} />
      <Texture studio={studio} report={report} />
      <Materials report={report} />
      <Files studio={studio} job={job} />
      <details class="more">
        <summary>Flaws, counted</summary>
        <Pairs rows={flawsOf(report)} />
      </details>
    </>
  );
}

function Verdict({ report }: { report: Acceptance }) {
  const { accepted, said, failed, passed } = verdictOf(report);
  return (
    <section class="verdict" data-accepted={accepted}>
      <p class="said">
        <Mark passed={accepted} />
        {said}
      </p>
      {failed.length > 0 && <Checks checks={failed} />}
      {passed.length > 0 && (
        <details class="more">
          <summary>
            {passed.length} of {passed.length + failed.length} checks passed
          </summary>
          <Checks checks={passed} />
        </details>
      )}
    </section>
  );
}

function Checks({ checks }: { checks: Check[] }) {
  return (
    <ul class="checks">
      {checks.map((check) => (
        <li key={check.name} data-passed={check.passed}>
          <h3>
            <Mark passed={check.passed} />
            {nameOf(check)}
          </h3>
          <p class="fine">{check.message}</p>
        </li>
      ))}
    </ul>
  );
}

/** A tick or a cross, with the word for those who do not see it. */
function Mark({ passed }: { passed: boolean }) {
  return (
    <>
      <svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
        <path d={passed ? "M3.5 8.5l3 3 6-7" : "M4.5 4.5l7 7m0-7l-7 7"} />
      </svg>
      <span class="unseen">{passed ? "Passed: " : "Failed: "}</span>
    </>
  );
}

function Pairs({ rows }: { rows: [string, string][] }) {
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

function Texture({ studio, report }: { studio: Studio; report: Acceptance }) {
  const rows = textureOf(report);
  if (!rows) return null;
  return (
    <section>
      <h3>Texture</h3>
      <Atlas sheets={studio.atlas.value} />
      <Pairs rows={rows} />
    </section>
  );
}

function Materials({ report }: { report: Acceptance }) {
  return (
    <section>
      <h3>Materials</h3>
      <ul class="materials">
        {report.materials.map((material, index) => (
          <li key={index}>
            <span class="swatch" style={{ backgroundColor: swatch(material.base_color), opacity: material.opacity }} />
            <span>{material.name.replaceAll("_", " ")}</span>
            <span class="fine">{madeOf(material)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function madeOf({ roughness, metallic, opacity, textured, face_count }: MaterialReport): string {
  const words = [`${count(face_count)} faces`, `${percent(roughness)} rough`];
  if (metallic > 0.005) words.push(`${percent(metallic)} metal`);
  if (opacity < 0.995) words.push(`${percent(opacity)} opaque`);
  if (textured) words.push("textured");
  return words.join(", ");
}

function Files({ studio, job }: { studio: Studio; job: Job }) {
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
