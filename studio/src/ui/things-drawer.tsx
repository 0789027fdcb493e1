import type { Studio } from "../state/studio";
import { Drawer } from "./drawer";

/** What the house model has learnt to make, as its own list has it. */
export function ThingsDrawer({ studio }: { studio: Studio }) {
  const pick = (name: string) => {
    const article = /^[aeiou]/.test(name) ? "an" : "a";
    studio.wish.value = { ...studio.wish.value, prompt: `${article} ${name}` };
    studio.drawer.value = "";
    document.getElementById("prompt")?.focus();
  };
  return (
    <Drawer studio={studio} name="things" title="What it knows">
      {() => (
        <>
          <p>Colours, materials, sizes and counts of parts go with any of them: “a small chair with three legs”.</p>
          <ul class="things">
            {things(studio).map((name) => (
              <li key={name}>
                <button type="button" onClick={() => pick(name)}>
                  {name}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </Drawer>
  );
}

export function things(studio: Studio): string[] {
  return studio.models.value.find((model) => model.categories)?.categories ?? [];
}
