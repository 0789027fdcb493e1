// Loads GLB files with three.js and its meshopt decoder and prints one JSON array: for each file its bounds in
// metres and its number of triangles. Textures need a browser, so the files must have none.
// Usage: node validate_three.mjs FILE...
import { readFile } from "node:fs/promises";
import { GLTFLoader } from "../studio/node_modules/three/examples/jsm/loaders/GLTFLoader.js";
import { MeshoptDecoder } from "../studio/node_modules/three/examples/jsm/libs/meshopt_decoder.module.js";
import { Box3 } from "../studio/node_modules/three/build/three.module.js";

const loader = new GLTFLoader().setMeshoptDecoder(MeshoptDecoder);
const found = [];
for (const path of process.argv.slice(2)) {
  const bytes = new Uint8Array(await readFile(path));
  const { scene } = await loader.parseAsync(bytes.buffer, "");
  const box = new Box3().setFromObject(scene, true);
  let triangleCount = 0;
  scene.traverse((node) => {
    if (node.isMesh) triangleCount += node.geometry.index.count / 3;
  });
  found.push({ bounds: [box.min.toArray(), box.max.toArray()], triangleCount });
}
console.log(JSON.stringify(found));
