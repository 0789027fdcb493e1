/** Which files the stage can show, without the code that reads them. */

export const READABLE = ["glb", "gltf", "obj", "ply", "stl", "zip"];

const BY_MEDIA_TYPE: Record<string, string> = {
  "application/x-ply": "ply",
  "application/zip": "zip",
  "model/gltf-binary": "glb",
  "model/stl": "stl",
};

/** Which reader a file's media type asks for. */
export function extOf(mediaType: string): string {
  return BY_MEDIA_TYPE[mediaType] ?? "";
}
