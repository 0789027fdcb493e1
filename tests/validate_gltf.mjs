// Validates glTF and GLB files with the Khronos validator and prints one JSON array, a report for each in order.
// Usage: node validate_gltf.mjs FILE...
import { readFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { validateBytes } from "gltf-validator";

const reports = [];
for (const path of process.argv.slice(2)) {
  const bytes = new Uint8Array(await readFile(path));
  const beside = async (uri) => new Uint8Array(await readFile(join(dirname(path), uri)));
  const options = { uri: path, format: extname(path).slice(1), externalResourceFunction: beside };
  reports.push(await validateBytes(bytes, options));
}
console.log(JSON.stringify(reports));
