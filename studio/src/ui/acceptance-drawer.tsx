import type { Acceptance, Check, MaterialReport } from "../api/acceptance";
import type { Job } from "../api/types";
import { flawsOf, gistOf, measuresOf, nameOf, swatch, textureOf, verdictOf } from "../state/fitness";
import { gistOf as filmGistOf, measuresOf as filmMeasuresOf } from "../state/film";
import type { Studio } from "../state/studio";
import { count, percent, seconds } from "../words";
import { Atlas } from "./atlas";
import { Drawer } from "./drawer";
import { Files, Pairs } from "./report";

/** The verdict on the thing on the stage, or what its film measures, in a line; it opens the whole report. */
export function Badge({ studio }: { studio: Studio }) {
  const { acceptance, film } = studio.work.value?.job.result ?? {};
  if (!acceptance && !film) return null;
  const open = studio.drawer.value === "acceptance";
  return (
    <button
      type="button"
      class="badge"
      data-accepted={acceptance?.accepted}
      aria-expanded={open}
      aria-controls="drawer-acceptance"
      onClick={() => (studio.drawer.value = open ? "" : "acceptance")}
    >
      {acceptance && <Mark passed={acceptance.accepted} />}
      {acceptance ? verdictOf(acceptance).said : `Film, ${seconds(film!.duration_s)}`}
      <span class="gist">{acceptance ? gistOf(acceptance) : filmGistOf(film!)}</span>
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
  if (job?.result?.film) return <FilmReport studio={studio} job={job} />;
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

function FilmReport({ studio, job }: { studio: Studio; job: Job }) {
  const { film, warnings } = job.result!;
  return (
    <>
      <Pairs rows={filmMeasuresOf(film!)} />
      {warnings.map((warning) => (
        <p key={warning} class="note">
          {warning}
        </p>
      ))}
      <Files studio={studio} job={job} />
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
