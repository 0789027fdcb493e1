/** What the page says: the stages in words, numbers with their units. */

interface StageWords {
  /** One word, for the rail. */
  verb: string;
  /** What happened, for the story. */
  told: string;
}

/** In the order in which they usually run, whatever the operation. */
export const STAGE_WORDS: Record<string, StageWords> = {
  encode_text: { verb: "read", told: "The sentence was read and turned into numbers." },
  classify: { verb: "grasp", told: "What it asks for was recognised." },
  denoise: { verb: "imagine", told: "Out of noise, step by step, came a set of parts." },
  assemble: { verb: "build", told: "The parts were named, put together and given materials." },
  sketch: { verb: "sketch", told: "A coarse sketch was made to look at." },
  read_mesh: { verb: "open", told: "The file was read, within limits of size and time." },
  extract_mesh: { verb: "shape", told: "One closed surface was drawn around the parts." },
  clean: { verb: "mend", told: "The surface was looked over, and mended where it had to be." },
  place: { verb: "place", told: "It was scaled and set on its place." },
  remesh: { verb: "remesh", told: "A new closed surface was drawn around it." },
  smooth: { verb: "smooth", told: "Roughness was taken off without shrinking it." },
  decimate: { verb: "reduce", told: "Faces that add nothing were taken away." },
  segment: { verb: "refine", told: "Faces that add nothing were taken away, along the borders of the parts." },
  source: { verb: "detail", told: "The surface was kept with all its faces, to take its looks from." },
  unwrap: { verb: "unwrap", told: "The surface was cut and laid out flat, to be painted." },
  bake: { verb: "paint", told: "Colour, gloss and relief were painted into its texture." },
  rig: { verb: "rig", told: "Joints were put where its parts bend." },
  animate: { verb: "move", told: "Its joints were given the motion, instant by instant." },
  retarget: { verb: "move", told: "Its joints took over the motion of a file." },
  export: { verb: "write", told: "The file was written." },
  export_animation: { verb: "write", told: "The thing was written together with its motion." },
  render: { verb: "picture", told: "A ray tracer took the picture." },
  turntable: { verb: "turn", told: "A ray tracer took pictures from all around." },
  inspect: { verb: "inspect", told: "It was measured, and judged for its use." },
  aim: { verb: "aim", told: "The camera was given its way, with all of the motion in its sight." },
  peek: { verb: "glimpse", told: "A small film was made to look at." },
  render_frames: { verb: "film", told: "A ray tracer took these frames." },
  encode_video: { verb: "code", told: "The frames were coded, one after another." },
};

const LEVEL = /_lod([0-9])$/;
const FRAMES = /^frames_([0-9]+)-([0-9]+)_of_([0-9]+)$/;

/** Some frames of a film. */
export interface FrameRange {
  first: number;
  last: number;
  count: number;
}

/** Which frames a call takes: those of `frames_13-24_of_120`; null for a call that takes none. */
export function framesOf(call: string): FrameRange | null {
  const found = FRAMES.exec(call);
  return found && { first: Number(found[1]), last: Number(found[2]), count: Number(found[3]) };
}

export function frameWords({ first, last, count }: FrameRange): string {
  return `frames ${first}–${last} of ${count}`;
}

/** The stage of a call: `export_obj` and `export_lod1` are `export`. */
export function stageOf(call: string): string {
  if (framesOf(call)) return "render_frames";
  const bare = call.replace(LEVEL, "");
  if (bare in STAGE_WORDS) return bare;
  return bare.startsWith("export_") ? "export" : bare;
}

/** A call in a few words: "write OBJ, level 1", "frames 13–24 of 120". */
export function verbOf(call: string): string {
  const frames = framesOf(call);
  if (frames) return frameWords(frames);
  const [stage, bare] = [stageOf(call), call.replace(LEVEL, "")];
  const verb = STAGE_WORDS[stage]?.verb ?? stage.replaceAll("_", " ");
  const format = bare === stage ? "" : ` ${bare.slice(stage.length + 1).toUpperCase()}`;
  const level = LEVEL.exec(call);
  return `${verb}${format}${level ? `, level ${level[1]}` : ""}`;
}

export function toldOf(call: string): string {
  return STAGE_WORDS[stageOf(call)]?.told ?? `The stage ${call} ran.`;
}

/** Prompts that show what the house model does well. */
export const EXAMPLES = [
  "a red mushroom with a white stem",
  "a silver rocket with red fins",
  "a green tractor with a yellow cab",
  "a fairy-tale castle with four towers",
  "a pink bicycle with a black saddle",
  "a brown teddy bear with a red bow",
  "a golden trophy with a black base",
];

export function seconds(value: number): string {
  if (value < 0.01) return "<0.01 s";
  return value < 10 ? `${value.toFixed(2)} s` : `${value.toFixed(0)} s`;
}

export function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(0)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** "0.66 × 0.75 × 0.47 m", "4.1 × 3.0 × 9.9 mm": in the unit that the longest side asks for. */
export function extent(lengthsM: readonly number[]): string {
  const longestM = Math.max(...lengthsM);
  const [unit, scale] = longestM < 0.01 ? ["mm", 1_000] : longestM < 0.1 ? ["cm", 100] : ["m", 1];
  const digits = longestM * scale < 10 ? 2 : longestM * scale < 1_000 ? 1 : 0;
  return `${lengthsM.map((length) => (length * scale).toFixed(digits)).join(" × ")} ${unit}`;
}

/** Cubic metres, litres or cubic centimetres, whichever reads best. */
export function volume(m3: number): string {
  if (m3 >= 1) return `${m3.toFixed(2)} m³`;
  return m3 >= 1e-3 ? `${(m3 * 1e3).toFixed(1)} l` : `${(m3 * 1e6).toFixed(2)} cm³`;
}

export function area(m2: number): string {
  return m2 >= 0.01 ? `${m2.toFixed(2)} m²` : `${(m2 * 1e4).toFixed(2)} cm²`;
}

export function count(value: number): string {
  return value.toLocaleString("en");
}

/** "1 piece", "3 pieces". */
export function counted(value: number, thing: string): string {
  return `${count(value)} ${thing}${value === 1 ? "" : "s"}`;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.01 ? 1 : 0)} %`;
}

export function short(digest: string): string {
  return digest.slice(0, 8);
}
