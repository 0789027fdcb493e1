import type { Studio } from "../state/studio";
import { size } from "../words";
import { Badge } from "./acceptance-drawer";
import { Line } from "./line";
import { FilmButton, Possession } from "./possession";
import { Rail, Status } from "./rail";
import { Trouble } from "./trouble";

/** Beneath the stage: how the work goes, what one may do with the thing, and the line to type in. */
export function Bench({ studio }: { studio: Studio }) {
  const work = studio.work.value;
  const inDrawer = studio.drawer.value === "convert" || studio.drawer.value === "film";
  return (
    <section class="bench" aria-label="Bench">
      {work && <Rail work={work} />}
      {work ? (
        <div class="standing">
          <div class="told">
            <Badge studio={studio} />
            <Status work={work} live={studio.live.value} />
          </div>
          <Possession studio={studio} work={work} />
        </div>
      ) : (
        <Local studio={studio} />
      )}
      {studio.trouble.value && !inDrawer && <Trouble studio={studio} />}
      {studio.note.value && (
        <p class="note" role="status">
          {studio.note.value}
        </p>
      )}
      <Line studio={studio} />
    </section>
  );
}

/** A file of this machine is on the stage: it may be sent, if somebody wants it converted or filmed. */
function Local({ studio }: { studio: Studio }) {
  const shown = studio.shown.value;
  if (shown?.kind !== "file") return null;
  return (
    <div class="standing">
      <p class="status" role="status">
        {shown.name}, {size(shown.bytes.byteLength)}, on this machine alone
      </p>
      {studio.source.value && (
        <div class="possession">
          <button type="button" onClick={() => studio.takeFromStage("convert")}>
            Convert
          </button>
          <FilmButton studio={studio} />
        </div>
      )}
    </div>
  );
}
