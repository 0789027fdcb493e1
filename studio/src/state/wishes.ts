/** What a visitor may choose, as text of fields, and the requests that it makes. A field left empty is not sent. */
import type { Format, TextTo3dRequest } from "../api/requests";

/** The choices that both forms have. */
interface Choices {
  poly_count: string;
  texture_size: string;
  lod_count: string;
  policy: string;
  compression: string;
}

export interface Wish extends Choices {
  prompt: string;
  quality: string;
  format: string;
  seed: string;
}

export interface Steps extends Choices {
  formats: Format[];
  repair: boolean;
  fill_holes: string;
  smooth_count: string;
  remesh_resolution: string;
  longest_m: string;
  pivot: string;
  up_axis: string;
}

const NUMBERS = new Set([
  "poly_count",
  "texture_size",
  "lod_count",
  "seed",
  "smooth_count",
  "remesh_resolution",
  "longest_m",
]);
const NO_CHOICE: Choices = { poly_count: "", texture_size: "", lod_count: "", policy: "", compression: "" };

export const FIRST_WISH: Wish = { ...NO_CHOICE, prompt: "", quality: "medium", format: "glb", seed: "" };
export const FIRST_STEPS: Steps = {
  ...NO_CHOICE,
  formats: ["glb"],
  repair: true,
  fill_holes: "",
  smooth_count: "",
  remesh_resolution: "",
  longest_m: "",
  pivot: "",
  up_axis: "",
};

export function wishFields(wish: Wish): Record<string, unknown> {
  return { ...given(wish), seed: wish.seed.trim() === "" ? -1 : Number(wish.seed), priority: "interactive" };
}

/** The body that converts an asset of the store. */
export function stepFields(steps: Steps, asset: string, name: string): Record<string, unknown> {
  return { asset, name: assetName(name), ...given(steps), priority: "interactive" };
}

/** The fields of a form that says what a job was asked; the seed is the visitor's. */
export function wishOf(request: TextTo3dRequest, seed: string): Wish {
  const { prompt, quality, format, texture_size, lod_count, policy, compression, poly_count } = request;
  return {
    ...{ prompt, quality, format, seed, policy: policy ?? "" },
    texture_size: texture_size === null ? "" : String(texture_size),
    lod_count: lod_count ? String(lod_count) : "",
    compression: compression === "meshopt" ? compression : "",
    poly_count: poly_count === 10_000 ? "" : String(poly_count),
  };
}

function given(choices: object): Record<string, unknown> {
  const filled = Object.entries(choices).filter(([, value]) => typeof value !== "string" || value.trim() !== "");
  return Object.fromEntries(filled.map(([name, value]) => [name, NUMBERS.has(name) ? Number(value) : value]));
}

/** What an asset may be called in its files: letters, digits and . _ -, 64 at most. */
function assetName(name: string): string {
  const plain = name.replace(/\.[a-z0-9]{1,5}$/i, "").replace(/[^A-Za-z0-9._-]+/g, "-");
  return plain.replace(/^[^A-Za-z0-9]+/, "").slice(0, 64) || "asset";
}
