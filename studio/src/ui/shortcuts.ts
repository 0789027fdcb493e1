/** The keys of the whole page; those of the stage are its own. */
import type { Studio } from "../state/studio";

export const SHORTCUTS: [string, string][] = [
  ["/", "type a sentence"],
  ["Enter", "make it"],
  ["Esc", "close what is open, leave the line"],
  ["Arrows", "on the stage: turn the thing; on the strip: move along it"],
  ["+ and −", "on the stage: nearer, farther"],
  ["T, W, C, 0", "on the stage: turntable, wireframe, clay, first view"],
  ["Space", "on the stage: play what moves, or pause it"],
  [", and .", "on the stage: a frame back, a frame on"],
  ["?", "this list"],
];

export function onShortcut(event: KeyboardEvent, studio: Studio): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const target = event.target as HTMLElement;
  if (event.key === "Escape") {
    const opened = target.closest<HTMLDetailsElement>(".options details[open]");
    if (opened) opened.open = false;
    else if (studio.drawer.value) studio.drawer.value = "";
    else target.blur();
    return;
  }
  if (target.closest("input, select, textarea, dialog")) return;
  if (event.key === "/") document.getElementById("prompt")?.focus();
  else if (event.key === "?") studio.drawer.value = "help";
  else return;
  event.preventDefault();
}
