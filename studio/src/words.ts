/** The stages in words, in the order in which text-to-3d usually runs them. */

interface StageWords {
  /** One word, for the rail. */
  verb: string;
  /** What happened, for the story. */
  told: string;
}

export const STAGE_WORDS: Record<string, StageWords> = {
  encode_text: { verb: "read", told: "The sentence was read and turned into numbers." },
  classify: { verb: "recognise", told: "What it asks for was recognised." },
  denoise: { verb: "imagine", told: "Out of noise, step by step, came a set of parts." },
  assemble: { verb: "assemble", told: "The parts were named, put together and given materials." },
  sketch: { verb: "sketch", told: "A coarse sketch was made to look at." },
  extract_mesh: { verb: "shape", told: "One closed surface was drawn around the parts." },
  decimate: { verb: "refine", told: "Faces that add nothing were taken away." },
  export: { verb: "write", told: "The file was written." },
  render: { verb: "picture", told: "A ray tracer took the picture." },
};

export function verbOf(stage: string): string {
  return STAGE_WORDS[stage]?.verb ?? stage.replaceAll("_", " ");
}

export function toldOf(stage: string): string {
  return STAGE_WORDS[stage]?.told ?? `The stage ${stage} ran.`;
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

export function short(digest: string): string {
  return digest.slice(0, 8);
}
