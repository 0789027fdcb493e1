import type { Format } from "../api/requests";
import { FORMAT_NAMES } from "../state/formats";
import type { Studio } from "../state/studio";
import { Budget, Choice, type Options, Quantity } from "./choices";
import { Chooser } from "./chooser";
import { Drawer } from "./drawer";
import { Trouble } from "./trouble";

const HOLES: Options = [
  ["", "small ones"],
  ["all", "all"],
  ["none", "none"],
];
const AXES: Options = [
  ["", "as the format has it"],
  ["y", "Y"],
  ["z", "Z"],
];
const PIVOTS: Options = [
  ["", "as it came"],
  ["centre", "the centre"],
  ["bottom", "the ground"],
];

/** A mesh file, and the steps that it is to go through. */
export function ConvertDrawer({ studio }: { studio: Studio }) {
  return (
    <Drawer studio={studio} name="convert" title="Convert a file">
      {() => <Form studio={studio} />}
    </Drawer>
  );
}

function Form({ studio }: { studio: Studio }) {
  const { source, sending, steps } = studio;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void studio.convert();
  };
  return (
    <form class="form convert" onSubmit={submit} onInput={(event) => choose(studio, event.target as HTMLInputElement)}>
      <Chooser studio={studio} verb="convert" />
      <fieldset>
        <legend>Write</legend>
        <div class="ticks">
          {studio.formats.map((format) => (
            <label key={format}>
              <input type="checkbox" name="formats" value={format} checked={steps.value.formats.includes(format)} />
              {FORMAT_NAMES[format]}
            </label>
          ))}
        </div>
      </fieldset>
      <fieldset>
        <legend>On the way</legend>
        <Steps studio={studio} />
      </fieldset>
      {studio.trouble.value && <Trouble studio={studio} />}
      <button type="submit" class="make" disabled={!source.value || sending.value || !steps.value.formats.length}>
        {sending.value ? "Sending…" : "Convert"}
      </button>
    </form>
  );
}

function Steps({ studio }: { studio: Studio }) {
  const steps = studio.steps.value;
  return (
    <>
      <div class="ticks">
        <label>
          <input type="checkbox" name="repair" checked={steps.repair} />
          Mend the surface
        </label>
      </div>
      <div class="fields">
        <Budget chosen={steps} faces="as it has" />
        <Quantity {...quantity("longest_m", steps.longest_m)} label="Longest side, m" placeholder="as it is" min={0.0001} max={10_000} step="any" />
      </div>
      <details class="more">
        <summary>More</summary>
        <div class="fields">
          {steps.repair && <Choice label="Close holes" name="fill_holes" value={steps.fill_holes} options={HOLES} />}
          <Quantity {...quantity("smooth_count", steps.smooth_count)} label="Rounds of smoothing" placeholder="0" min={0} max={100} />
          <Quantity {...quantity("remesh_resolution", steps.remesh_resolution)} label="New surface, cells" placeholder="keep it" min={16} max={384} />
          <Choice label="Up is" name="up_axis" value={steps.up_axis} options={AXES} />
          <Choice label="Origin at" name="pivot" value={steps.pivot} options={PIVOTS} />
        </div>
      </details>
    </>
  );
}

function quantity<Name extends string>(name: Name, value: string): { name: Name; value: string } {
  return { name, value };
}

function choose(studio: Studio, { name, value, type, checked }: HTMLInputElement): void {
  const steps = studio.steps.value;
  if (type === "file") return;
  if (name === "formats") {
    const formats = studio.formats.filter((format: Format) => (format === value ? checked : steps.formats.includes(format)));
    studio.steps.value = { ...steps, formats };
  } else studio.steps.value = { ...steps, [name]: type === "checkbox" ? checked : value };
}
