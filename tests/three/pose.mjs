// Plays GLB files with three.js and prints one JSON array: for each the animations by name, with what they say of
// themselves, and where the corners of all faces are at some instants. Textures need a browser: these have none.
// Usage: node pose.mjs '{"FILE": {"ANIMATION": [SECONDS, ...]}}'
import { readFile } from "node:fs/promises";
import { GLTFLoader } from "../../studio/node_modules/three/examples/jsm/loaders/GLTFLoader.js";
import { MeshoptDecoder } from "../../studio/node_modules/three/examples/jsm/libs/meshopt_decoder.module.js";
import * as three from "../../studio/node_modules/three/build/three.module.js";
import { posedCorners } from "./posed.mjs";

const loader = new GLTFLoader().setMeshoptDecoder(MeshoptDecoder);
const told = [];
for (const [path, asked] of Object.entries(JSON.parse(process.argv[2]))) {
  const gltf = await loader.parseAsync(new Uint8Array(await readFile(path)).buffer, "");
  const animations = gltf.animations.map(({ name, duration, userData, tracks }) => ({
    ...{ name, duration, ...userData, trackCount: tracks.length },
    corners: asked[name] ? posedCorners(three, gltf, name, asked[name]) : [],
  }));
  let skinnedCount = 0;
  gltf.scene.traverse((node) => (skinnedCount += node.isSkinnedMesh ? 1 : 0));
  told.push({ animations, skinnedCount });
}
console.log(JSON.stringify(told));
