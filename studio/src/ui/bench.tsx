import { useRef } from "preact/hooks";
import type { Studio } from "../state/studio";
import { EXAMPLES } from "../words";
import { Possession } from "./possession";
import { Rail, Status } from "./rail";
import { DrawerButton } from "./top-bar";
import { things } from "./things-drawer";

const QUALITIES = ["draft", "medium", "high", "ultra"];
const FORMATS = ["glb", "obj", "ply", "stl"];

/** Beneath the stage: how the work goes, what one may do with the thing, and the line to type in. */
export function Bench({ studio }: { studio: Studio }) {
  const work = studio.work.value;
  return (
    <section class="bench" aria-label="Bench">
      {work && <Rail work={work} />}
      {work && (
        <div class="standing">
          <Status work={work} live={studio.live.value} />
          <Possession studio={studio} work={work} />
        </div>
      )}
      {studio.trouble.value && (
        <p class="trouble" role="alert">
          {studio.trouble.value}
        </p>
      )}
      {studio.note.value && (
        <p class="note" role="status">
          {studio.note.value}
        </p>
      )}
      <Line studio={studio} />
    </section>
  );
}

function Line({ studio }: { studio: Studio }) {
  const field = useRef<HTMLInputElement>(null);
  const { prompt } = studio.wish.value;
  const make = (event: SubmitEvent) => {
    event.preventDefault();
    void studio.make();
  };
  const wish = (event: Event) => {
    const { name, value } = event.target as HTMLInputElement;
    studio.wish.value = { ...studio.wish.value, [name]: value };
  };
  return (
    <form class="line" onSubmit={make} onInput={wish}>
      <div class="sentence">
        <label class="unseen" for="prompt">
          What to make
        </label>
        <input
          id="prompt"
          ref={field}
          name="prompt"
          value={prompt}
          placeholder="a small wooden chair with three blue cushions"
          autocomplete="off"
          enterkeyhint="go"
          maxLength={1000}
          onFocus={() => field.current?.select()}
        />
        <button type="submit" class="make" disabled={!prompt.trim()}>
          Make
        </button>
      </div>
      <Options studio={studio} />
      <Examples studio={studio} />
    </form>
  );
}

function Options({ studio }: { studio: Studio }) {
  const { quality, format, seed } = studio.wish.value;
  const count = things(studio).length;
  return (
    <div class="options">
      <fieldset class="segments">
        <legend class="unseen">Quality</legend>
        {QUALITIES.map((name) => (
          <label key={name}>
            <input type="radio" name="quality" value={name} checked={quality === name} />
            <span>{name}</span>
          </label>
        ))}
      </fieldset>
      <label class="field">
        <span>Seed</span>
        <input name="seed" value={seed} placeholder="any" inputMode="numeric" pattern="[0-9]{0,16}" size={10} />
      </label>
      <label class="field">
        <span>File</span>
        <select name="format" value={format}>
          {FORMATS.map((name) => (
            <option key={name} value={name}>
              {name.toUpperCase()}
            </option>
          ))}
        </select>
      </label>
      {count > 0 && <DrawerButton studio={studio} drawer="things" label={`${count} things it knows`} />}
    </div>
  );
}

function Examples({ studio }: { studio: Studio }) {
  return (
    <p class="examples">
      <span>Try</span>
      {EXAMPLES.map((prompt) => (
        <button key={prompt} type="button" class="example" onClick={() => void tryOut(studio, prompt)}>
          {prompt}
        </button>
      ))}
    </p>
  );
}

function tryOut(studio: Studio, prompt: string): Promise<void> {
  studio.wish.value = { ...studio.wish.value, prompt };
  return studio.make();
}
