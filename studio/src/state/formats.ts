/** The file formats: what they are called, which this service writes, and how files of a job are named. */
import { type Format, mainFormatOf } from "../api/requests";
import type { Asset, Job } from "../api/types";
import { READABLE } from "../viewer/kinds";

export const FORMAT_NAMES: Record<Format, string> = {
  glb: "GLB",
  gltf: "glTF",
  usdz: "USDZ",
  obj: "OBJ",
  ply: "PLY",
  stl: "STL",
  fbx: "FBX",
};

const EXTS: Record<string, string> = {
  "application/json": "json",
  "application/x-fbx": "fbx",
  "application/x-ply": "ply",
  "application/zip": "zip",
  "image/gif": "gif",
  "image/png": "png",
  "model/gltf-binary": "glb",
  "model/gltf+json": "gltf",
  "model/obj": "obj",
  "model/stl": "stl",
  "model/vnd.usdz+zip": "usdz",
  "video/mp4": "mp4",
  "video/webm": "webm",
};

/** Formats that may be uploaded and converted; a ZIP holds an OBJ or a glTF with what belongs to it. */
export const CONVERTIBLE = ["glb", "gltf", "obj", "ply", "stl", "zip"];
/** Files of a job, by name, that the service can read again; the best first. */
const SOURCES: Format[] = ["glb", "gltf", "obj", "ply", "stl"];
const FILMS: Record<string, string> = { mp4: "MP4", webm: "WebM", gif: "GIF", zip: "ZIP of PNGs" };
/** Files that go with the main one, whose names their files take. */
const BESIDE: Record<string, string> = {
  picture: "Picture",
  turntable: "Turntable",
  poster: "Poster",
  camera: "Camera",
  film: "Measures",
};
const LABELS: Record<string, string> = { ...FILMS, ...FORMAT_NAMES, ...BESIDE };

/** What a media type's files end in; "" for one that the page does not know. */
export function extOf(mediaType: string): string {
  return EXTS[mediaType] ?? "";
}

/** The media type of files that end so; null for those that cannot be uploaded. */
export function mediaTypeOf(ext: string): string | null {
  const found = Object.entries(EXTS).find(([, known]) => known === ext);
  return found && CONVERTIBLE.includes(ext) ? found[0] : null;
}

/** The formats that the service behind this page can write, as the page itself says. */
export function writableFormats(): Format[] {
  const told = document.querySelector<HTMLMetaElement>('meta[name="galatea-formats"]')?.content.split(",") ?? [];
  return (Object.keys(FORMAT_NAMES) as Format[]).filter((format) => told.includes(format));
}

export interface JobFile {
  /** As the result has it: `glb`, `obj_lod1`, `picture`. */
  name: string;
  label: string;
  asset: Asset;
}

/** What there is to download of a job: its film, its meshes, then what goes with them. */
export function filesOf(job: Job): JobFile[] {
  const files = Object.entries(job.result?.assets ?? {}).map(([name, asset]) => ({ name, label: labelOf(name), asset }));
  return files.filter((file) => file.label).sort((one, other) => rank(one.name) - rank(other.name));
}

function labelOf(name: string): string {
  const [format, level] = name.split("_lod");
  const label = LABELS[format!] ?? "";
  return level ? `${label}, level ${level}` : label;
}

function rank(name: string): number {
  const [format, level] = name.split("_lod");
  return Object.keys(LABELS).indexOf(format!) + Number(level ?? 0) / 10;
}

/** The film of a job that made one; as GIF, or as a ZIP of pictures, it is no video. */
export function filmAssetOf(job: Job): Asset | null {
  const name = job.operation === "3d-to-video" && Object.keys(FILMS).find((name) => job.result?.assets[name]);
  return name ? job.result!.assets[name]! : null;
}

/** The file of a job that the stage can show: the main one, if it is such a file. */
export function stageAssetOf(job: Job): Asset | null {
  const assets = job.result?.assets ?? {};
  const main = job.operation === "3d-to-video" ? [] : [mainFormatOf(job)];
  const names = [...main, ...Object.keys(FORMAT_NAMES)].filter((name) => name in assets);
  return names.map((name) => assets[name]!).find((asset) => READABLE.includes(extOf(asset.media_type))) ?? null;
}

/** The file of a job that a conversion can begin with. */
export function sourceOf(job: Job): Asset | null {
  const assets = job.result?.assets ?? {};
  const found = SOURCES.find((format) => assets[format]);
  return found ? assets[found]! : null;
}

/** How a file of a job with this title is called on the visitor's disk. */
export function fileName(title: string, name: string, asset: Asset): string {
  const level = name.split("_lod")[1];
  const kind = name in BESIDE ? `-${name}` : level ? `-lod${level}` : "";
  return `${slug(title)}${kind}.${extOf(asset.media_type) || name}`;
}

/** Words for a file's name. */
export function slug(title: string): string {
  const words = title.toLowerCase().match(/[a-z0-9]+/g) ?? ["asset"];
  return words.join("-").slice(0, 40).replace(/-+$/, "");
}
