import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Drawer as Name, Studio } from "../state/studio";

interface Props {
  studio: Studio;
  name: Name;
  title: string;
  children: () => ComponentChildren;
}

/** A sheet at the side. It takes the focus when it opens and gives it back when it closes. */
export function Drawer({ studio, name, title, children }: Props) {
  const open = studio.drawer.value === name;
  const sheet = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    if (!open) return;
    const before = document.activeElement as HTMLElement | null;
    sheet.current?.focus();
    return () => before?.focus();
  }, [open]);
  return (
    <aside id={`drawer-${name}`} class="drawer" aria-label={title} tabIndex={-1} ref={sheet} hidden={!open}>
      <header>
        <h2>{title}</h2>
        <button type="button" class="quiet" onClick={() => (studio.drawer.value = "")}>
          Close
        </button>
      </header>
      {open && children()}
    </aside>
  );
}
