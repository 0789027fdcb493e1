import { useEffect, useRef } from "preact/hooks";
import type { Studio } from "../state/studio";
import { apiKey } from "../state/session";

/** Asks for the API key where the service asks for one; it stays in this tab. */
export function KeyDialog({ studio }: { studio: Studio }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const wanted = studio.keyWanted.value;
  useEffect(() => {
    if (wanted) dialog.current?.showModal();
    else dialog.current?.close();
  }, [wanted]);
  const enter = (event: SubmitEvent) => {
    event.preventDefault();
    apiKey.value = String(new FormData(event.currentTarget as HTMLFormElement).get("key") ?? "").trim();
    studio.keyWanted.value = false;
    void studio.start();
  };
  return (
    <dialog ref={dialog} aria-labelledby="key-title" onCancel={() => (studio.keyWanted.value = false)}>
      <form onSubmit={enter}>
        <h2 id="key-title">This service asks for an API key</h2>
        <label>
          Key
          <input name="key" type="password" autocomplete="off" required />
        </label>
        <p>It stays in this tab and is forgotten with it.</p>
        <button type="submit" class="make">
          Use it
        </button>
      </form>
    </dialog>
  );
}
