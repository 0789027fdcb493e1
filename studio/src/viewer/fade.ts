/** Dissolving one model into another: grains of opacity, which need no order of drawing. */
import { Mesh, type Material } from "three";
import type { Model } from "./model";

/** Calls with every material of the model's own surfaces. */
export function eachMaterial(model: Model, change: (material: Material) => void): void {
  for (const mesh of meshesOf(model)) [mesh.material].flat().forEach(change);
}

/** Shows this share of the model's surface, 0 to 1; at 1 its materials are as they came. */
export function fade(model: Model, share: number): void {
  eachMaterial(model, (material) => {
    const kept = (material.userData["own"] ??= { opacity: material.opacity, hash: material.alphaHash });
    const hash = share < 1 || kept.hash;
    if (material.alphaHash !== hash) {
      material.alphaHash = hash;
      material.needsUpdate = true;
    }
    material.opacity = kept.opacity * share;
  });
  for (const mesh of meshesOf(model)) mesh.castShadow = share > 0.5;
}

function meshesOf(model: Model): Mesh[] {
  const found: Mesh[] = [];
  model.root.traverse((node) => {
    if (node instanceof Mesh && !node.userData["outline"]) found.push(node);
  });
  return found;
}
