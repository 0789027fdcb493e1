/** The pictures inside a model, for those who want to see how its surface is painted. */
import { MeshStandardMaterial, type Texture } from "three";
import { eachMaterial } from "./looks";
import type { Model } from "./model";

export interface Sheet {
  label: string;
  image: CanvasImageSource & { width: number; height: number };
}

const MOST_SHEETS = 6;

/** Each picture once, in the order in which the model's materials name them. */
export function sheetsOf(model: Model): Sheet[] {
  const found = new Map<unknown, Sheet>();
  eachMaterial(model, (material) => {
    if (!(material instanceof MeshStandardMaterial)) return; // lines and points
    const maps: [string, Texture | null][] = [
      ["Colour", material.map],
      ["Gloss", material.roughnessMap],
      ["Relief", material.normalMap],
    ];
    for (const [label, texture] of maps) {
      const image = texture?.image as Sheet["image"] | undefined;
      if (image?.width && !found.has(image)) found.set(image, { label, image });
    }
  });
  return [...found.values()].slice(0, MOST_SHEETS);
}
