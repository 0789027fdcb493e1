// Decodes every compressed buffer view of GLB files with meshoptimizer's own decoder and prints one JSON array:
// for each file the views' bytes, base64, null for a view that is not compressed.
// Usage: node validate_meshopt.mjs FILE...
import { readFile } from "node:fs/promises";
import { MeshoptDecoder } from "meshoptimizer";

const EXTENSION = "EXT_meshopt_compression";

function chunks(file) {
  const jsonByteCount = file.readUInt32LE(12);
  const json = JSON.parse(file.subarray(20, 20 + jsonByteCount).toString());
  return { json, binary: file.subarray(20 + jsonByteCount + 8) };
}

function decode(view, binary) {
  const packed = view.extensions?.[EXTENSION];
  if (!packed) return null;
  const source = new Uint8Array(binary.subarray(packed.byteOffset, packed.byteOffset + packed.byteLength));
  const target = new Uint8Array(view.byteLength);
  MeshoptDecoder.decodeGltfBuffer(target, packed.count, packed.byteStride, source, packed.mode);
  return Buffer.from(target).toString("base64");
}

await MeshoptDecoder.ready;
const decoded = [];
for (const path of process.argv.slice(2)) {
  const { json, binary } = chunks(await readFile(path));
  decoded.push(json.bufferViews.map((view) => decode(view, binary)));
}
console.log(JSON.stringify(decoded));
