// Validates GLB files with the Khronos validator and prints one JSON array, a report for each file in order.
// Usage: node validate_gltf.mjs FILE...
import { readFile } from "node:fs/promises";
import { validateBytes } from "gltf-validator";

const reports = [];
for (const path of process.argv.slice(2)) {
  const bytes = new Uint8Array(await readFile(path));
  reports.push(await validateBytes(bytes, { uri: path, format: "glb" }));
}
console.log(JSON.stringify(reports));
