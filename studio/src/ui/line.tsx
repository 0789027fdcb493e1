import { useRef } from "preact/hooks";
import { FORMAT_NAMES } from "../state/formats";
import type { Studio } from "../state/studio";
import { EXAMPLES } from "../words";
import { Budget, Choice } from "./choices";
import { things } from "./things-drawer";
import { DrawerButton } from "./top-bar";

const QUALITIES = ["draft", "medium", "high", "ultra"];

/** The line to type in, with what one may choose, and examples. */
export function Line({ studio }: { studio: Studio }) {
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
  const wish = studio.wish.value;
  const count = things(studio).length;
  return (
    <div class="options">
      <fieldset class="segments">
        <legend class="unseen">Quality</legend>
        {QUALITIES.map((name) => (
          <label key={name}>
            <input type="radio" name="quality" value={name} checked={wish.quality === name} />
            <span>{name}</span>
          </label>
        ))}
      </fieldset>
      <label class="field">
        <span>Seed</span>
        <input name="seed" value={wish.seed} placeholder="any" inputMode="numeric" pattern="[0-9]{0,16}" size={10} />
      </label>
      <Choice label="File" name="format" value={wish.format} options={studio.formats.map((name) => [name, FORMAT_NAMES[name]])} />
      <details class="more" onFocusOut={closeBehind}>
        <summary>More</summary>
        <div class="fields" tabIndex={-1}>
          <Budget chosen={wish} faces="10,000" />
        </div>
      </details>
      <span class="ways">
        <DrawerButton studio={studio} drawer="convert" label="Convert a file" />
        {count > 0 && <DrawerButton studio={studio} drawer="things" label={`${count} things it knows`} />}
      </span>
    </div>
  );
}

/** Closes what was opened once the focus is elsewhere. */
function closeBehind({ currentTarget, relatedTarget }: FocusEvent): void {
  const details = currentTarget as HTMLDetailsElement;
  if (!details.contains(relatedTarget as Node | null)) details.open = false;
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
