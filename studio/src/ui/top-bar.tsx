import type { Drawer, Studio } from "../state/studio";
import { dark, toggleDark } from "../state/session";

const DRAWERS: [Drawer, string][] = [
  ["story", "Story"],
  ["service", "Service"],
  ["help", "Help"],
];

export function TopBar({ studio }: { studio: Studio }) {
  return (
    <header class="top-bar">
      <h1 class="name">Galatea</h1>
      <nav aria-label="Drawers">
        {DRAWERS.map(([drawer, label]) => (
          <DrawerButton key={drawer} studio={studio} drawer={drawer} label={label} />
        ))}
        <button type="button" class="quiet" aria-label={dark.value ? "Light page" : "Dark page"} onClick={toggleDark}>
          {dark.value ? "Light" : "Dark"}
        </button>
      </nav>
    </header>
  );
}

export function DrawerButton({ studio, drawer, label }: { studio: Studio; drawer: Drawer; label: string }) {
  const open = studio.drawer.value === drawer;
  const toggle = () => (studio.drawer.value = open ? "" : drawer);
  return (
    <button type="button" class="quiet" aria-expanded={open} aria-controls={`drawer-${drawer}`} onClick={toggle}>
      {label}
    </button>
  );
}
