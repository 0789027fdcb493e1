import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { dark } from "../state/session";
import type { Studio } from "../state/studio";
import type { Model } from "../viewer/model";
import type { Playback } from "../viewer/player";
import type { Viewer } from "../viewer/viewer";
import { groupParts, type PartGroup } from "./part-groups";

export type About = Pick<Model, "extent" | "faceCount"> & { parts: PartGroup[] };
export type Pointed = { name: string; x: number; y: number } | null;

/** The viewer on a canvas, kept to what the page says, and what the page is to know of it. */
export interface ViewerState {
  canvas: RefObject<HTMLCanvasElement | null>;
  viewer: Signal<Viewer | null>;
  /** There is no WebGL, or no longer. */
  blind: Signal<boolean>;
  /** Of the model on the stage. */
  about: Signal<About | null>;
  /** The part under the pointer. */
  part: Signal<Pointed>;
  /** The motion of the model; null for one that has none. */
  playback: Signal<Playback | null>;
  turntable: Signal<boolean>;
  wireframe: Signal<boolean>;
  clay: Signal<boolean>;
}

export function useViewer(studio: Studio): ViewerState {
  const state: ViewerState = {
    canvas: useRef<HTMLCanvasElement>(null),
    viewer: useSignal<Viewer | null>(null),
    blind: useSignal(false),
    about: useSignal<About | null>(null),
    part: useSignal<Pointed>(null),
    playback: useSignal<Playback | null>(null),
    turntable: useSignal(false),
    wireframe: useSignal(false),
    clay: useSignal(false),
  };
  const { viewer, turntable, wireframe, clay } = state;
  const shown = studio.shown.value;
  useEffect(() => opened(state), []);
  useEffect(() => void (studio.bearing = () => viewer.value?.bearing ?? null), []);
  useEffect(() => {
    const accent = getComputedStyle(document.documentElement).getPropertyValue("--accent").trim();
    viewer.value?.dress(dark.value, accent);
  }, [viewer.value, dark.value]);
  useEffect(() => viewer.value?.setTurntable(turntable.value), [viewer.value, turntable.value]);
  useEffect(
    () => viewer.value?.setLooks({ clay: clay.value, wireframe: wireframe.value }),
    [viewer.value, wireframe.value, clay.value],
  );
  useEffect(() => {
    const leaving = new AbortController();
    if (viewer.value) void studio.guarded(() => put(studio, state, leaving.signal));
    return () => leaving.abort();
  }, [viewer.value, shown]);
  return state;
}

/** Fetches three.js and opens the viewer; gives what closes it. */
function opened({ canvas, viewer, blind, part, playback }: ViewerState): () => void {
  let gone = false;
  const listener = {
    onPart: (at: Pointed) => (part.value = at),
    onPlayback: (now: Playback | null) => (playback.value = now),
    onLost: (lost: boolean) => (blind.value = lost),
  };
  void import("../viewer/viewer").then(({ Viewer }) => {
    if (gone) return;
    try {
      viewer.value = new Viewer(canvas.current!, listener);
      void import("three/examples/jsm/loaders/GLTFLoader.js"); // the first thing will need it at once
    } catch {
      blind.value = true; // three.js throws where there is no WebGL; the picture takes the stage's place
    }
  });
  return () => {
    gone = true;
    viewer.value?.close();
  };
}

/** Puts a file on the stage, unless something else came meanwhile; clears it for none. */
async function put(studio: Studio, state: ViewerState, signal: AbortSignal): Promise<void> {
  const { canvas, viewer, about, part } = state;
  const shown = studio.shown.value;
  part.value = null;
  studio.atlas.value = [];
  if (!shown) {
    about.value = null;
    viewer.value!.clear();
    delete canvas.current!.dataset["shown"];
    return;
  }
  const [{ readModel }, { sheetsOf }] = await Promise.all([import("../viewer/model"), import("../viewer/atlas")]);
  const model = await readModel(shown.bytes, shown.ext);
  if (signal.aborted) return;
  studio.atlas.value = sheetsOf(model);
  viewer.value!.show(model);
  about.value = { extent: model.extent, faceCount: model.faceCount, parts: groupParts([...model.parts.keys()]) };
  await viewer.value!.drawn();
  if (!signal.aborted) canvas.current!.dataset["shown"] = shown.kind;
}
