import { useSignal } from "@preact/signals";
import { stageAssetOf } from "../state/formats";
import type { Studio } from "../state/studio";
import { Picture } from "./picture";
import { Player } from "./player";
import { Screen, Sides } from "./screen";
import { StageTools } from "./stage-tools";
import { useViewer, type ViewerState } from "./use-viewer";

const STEP = Math.PI / 18;
const FRAME_S = 1 / 30;
const TURNS: Record<string, [aside: number, upwards: number, nearer: number]> = {
  ArrowLeft: [-STEP, 0, 1],
  ArrowRight: [STEP, 0, 1],
  ArrowUp: [0, STEP, 1],
  ArrowDown: [0, -STEP, 1],
  "+": [0, 0, 1.15],
  "=": [0, 0, 1.15],
  "-": [0, 0, 1 / 1.15],
};
const FRAMES: Record<string, number> = { ",": -FRAME_S, ".": FRAME_S };

/** The model in 3D; where there is no WebGL, its picture with words. */
export function Stage({ studio }: { studio: Studio }) {
  const state = useViewer(studio);
  const dropping = useSignal(false);
  const { canvas, viewer, blind, about } = state;
  const name = studio.shown.value?.name ?? "nothing yet";
  const job = studio.work.value?.job;
  const drop = (event: DragEvent) => {
    event.preventDefault();
    dropping.value = false;
    const file = event.dataTransfer?.files[0];
    if (file) void studio.attempt(() => studio.drop(file));
  };
  return (
    <div
      class="stage"
      data-dropping={dropping.value}
      onDragOver={(event) => (event.preventDefault(), (dropping.value = true))}
      onDragLeave={() => (dropping.value = false)}
      onDrop={drop}
    >
      <canvas
        ref={canvas}
        tabIndex={0}
        role="application"
        aria-label={`3D view: ${name}. Arrow keys turn it, plus and minus come nearer and go farther, space plays and pauses what moves.`}
        hidden={blind.value || studio.flat.value}
        onKeyDown={(event) => press(event, state)}
      />
      <Screen studio={studio} />
      <Sides studio={studio} />
      {!studio.flat.value && blind.value && (
        <Still studio={studio} why="This browser offers no WebGL, so here is the picture." />
      )}
      {!studio.flat.value && !blind.value && (
        <StageTools
          turntable={state.turntable}
          wireframe={state.wireframe}
          clay={state.clay}
          onHome={() => viewer.value?.home()}
          onParts={(names) => viewer.value?.select(names)}
          about={about.value}
        />
      )}
      {!blind.value && <Player state={state} />}
      <PartLabel state={state} />
      {!blind.value && job?.result && !stageAssetOf(job) && (
        <Still studio={studio} why="This page cannot show files of this format, so here is the picture." />
      )}
      {!studio.shown.value && !studio.work.value && studio.gallery.loaded.value && (
        <p class="invitation">Type a sentence. Watch it become a thing.</p>
      )}
    </div>
  );
}

function press(event: KeyboardEvent, { viewer, playback, turntable, wireframe, clay }: ViewerState): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const turn = TURNS[event.key];
  const letter = event.key.toLowerCase();
  const now = playback.value;
  if (turn) viewer.value?.turn(...turn);
  else if (event.key === " " && now) viewer.value?.play(!now.playing);
  else if (event.key in FRAMES && now) viewer.value?.seek(now.timeS + FRAMES[event.key]!);
  else if (letter === "t") turntable.value = !turntable.value;
  else if (letter === "w") wireframe.value = !wireframe.value;
  else if (letter === "c") clay.value = !clay.value;
  else if (letter === "0") viewer.value?.home();
  else return;
  event.preventDefault();
}

/** The name of the part under the pointer, beside it; the list of parts says the same to screen readers. */
function PartLabel({ state }: { state: ViewerState }) {
  const part = state.part.value;
  if (!part) return null;
  return (
    <span class="part" style={{ left: `${part.x}px`, top: `${part.y}px` }} aria-hidden="true">
      {part.name.replaceAll("_", " ")}
    </span>
  );
}

/** The picture in the place of the model. */
function Still({ studio, why }: { studio: Studio; why: string }) {
  const job = studio.work.value?.job;
  const { picture, poster } = job?.result?.assets ?? {};
  const still = picture ?? poster;
  return (
    <div class="blind">
      {job && still && <Picture service={studio.service} digest={still.digest} alt={studio.titleOf(job)} />}
      <p>{why} The file itself is whole: download it below.</p>
    </div>
  );
}
