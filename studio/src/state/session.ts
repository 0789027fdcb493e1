/** What this tab, or this browser, remembers: the key for as long as the tab lives, the theme for longer. */
import { effect, signal } from "@preact/signals";

const KEY = "galatea-key";
const THEME = "galatea-theme";

export const apiKey = signal(sessionStorage.getItem(KEY) ?? "");
effect(() => {
  if (apiKey.value) sessionStorage.setItem(KEY, apiKey.value);
  else sessionStorage.removeItem(KEY);
});

const system = matchMedia("(prefers-color-scheme: dark)");
const chosen = localStorage.getItem(THEME);

/** Whether the page is dark: as the system says, until somebody chooses. */
export const dark = signal(chosen ? chosen === "dark" : system.matches);
system.addEventListener("change", () => {
  if (!localStorage.getItem(THEME)) dark.value = system.matches;
});
effect(() => {
  document.documentElement.dataset["theme"] = dark.value ? "dark" : "light";
});

export function toggleDark(): void {
  dark.value = !dark.value;
  localStorage.setItem(THEME, dark.value ? "dark" : "light");
}
