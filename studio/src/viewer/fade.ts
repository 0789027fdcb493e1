/** Dissolving one model into another: grains of opacity, which need no order of drawing. */
import { eachMaterial, meshesOf } from "./looks";
import type { Model } from "./model";

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
