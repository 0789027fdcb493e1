import { useRef } from "preact/hooks";
import { CONVERTIBLE } from "../state/formats";
import type { Studio } from "../state/studio";
import { size } from "../words";

/** What a form is about: the thing on the stage, or a file of this machine, which then is there. */
export function Chooser({ studio, verb }: { studio: Studio; verb: "convert" | "film" }) {
  const input = useRef<HTMLInputElement>(null);
  const source = studio.source.value;
  const choose = () => {
    const file = input.current?.files?.[0];
    if (file) void studio.attempt(() => studio.drop(file));
  };
  return (
    <div class="chooser">
      <p>
        {source ? (
          <>
            <strong>{source.name}</strong> {source.byteCount !== null && <span class="fine">{size(source.byteCount)}</span>}
          </>
        ) : (
          "Choose a mesh, or drop one on the stage."
        )}
      </p>
      <label class="button">
        {source ? "Another file" : "Choose a file"}
        <input
          ref={input}
          class="unseen"
          type="file"
          accept={CONVERTIBLE.map((ext) => `.${ext}`).join()}
          onChange={choose}
        />
      </label>
      <p class="fine">
        GLB, glTF, OBJ, PLY or STL; as a ZIP together with its textures.
        {(!source || source.from instanceof File) && ` It is sent when you ${verb} it.`}
      </p>
    </div>
  );
}
