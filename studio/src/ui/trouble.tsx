import type { Studio } from "../state/studio";

/** What went wrong, in words. */
export function Trouble({ studio }: { studio: Studio }) {
  return (
    <p class="trouble" role="alert">
      {studio.trouble.value}
    </p>
  );
}
