/** How a model's surface is shown: as it is, in clay, as wires. */
import { Material, Mesh, MeshStandardMaterial, SkinnedMesh, Texture } from "three";
import type { Model } from "./model";

export interface Looks {
  clay: boolean;
  wireframe: boolean;
}

const CLAY = { color: "#b9b2a6", roughness: 0.85 };
const OWN = "own material";

/** The model's own meshes, without what is drawn around them. */
export function meshesOf(model: Model): Mesh[] {
  const found: Mesh[] = [];
  model.root.traverse((node) => {
    if (node instanceof Mesh && !node.userData["outline"]) found.push(node);
  });
  return found;
}

/** Calls with every material that the model's surfaces show. */
export function eachMaterial(model: Model, change: (material: Material) => void): void {
  for (const mesh of meshesOf(model)) [mesh.material].flat().forEach(change);
}

export function wear(model: Model, { clay, wireframe }: Looks): void {
  for (const mesh of meshesOf(model)) {
    const own = (mesh.userData[OWN] ??= mesh.material) as Material | Material[];
    mesh.material = clay ? inClay(own) : own;
  }
  eachMaterial(model, (material) => Object.assign(material, { wireframe }));
}

/** The shape alone: no picture, no colour, and opaque, with the sides and the facets that the material has. */
function inClay(own: Material | Material[]): Material | Material[] {
  if (Array.isArray(own)) return own.map((material) => inClay(material) as Material);
  return (own.userData["clay"] ??= new MeshStandardMaterial({
    ...CLAY,
    side: own.side,
    flatShading: own instanceof MeshStandardMaterial && own.flatShading,
  })) as Material;
}

/** Pictures seen at a slant stay sharp. */
export function sharpen(model: Model, anisotropy: number): void {
  eachMaterial(model, (material) => {
    for (const texture of texturesOf(material)) texture.anisotropy = anisotropy;
  });
}

/** Frees what the graphics card holds of it. */
export function dispose(model: Model): void {
  for (const mesh of meshesOf(model)) {
    mesh.geometry.dispose();
    if (mesh instanceof SkinnedMesh) mesh.skeleton.dispose();
    for (const material of [mesh.material, mesh.userData[OWN] ?? []].flat() as Material[]) {
      texturesOf(material).forEach((texture) => texture.dispose());
      (material.userData["clay"] as Material | undefined)?.dispose();
      material.dispose();
    }
  }
}

export function texturesOf(material: Material): Texture[] {
  return Object.values(material).filter((value) => value instanceof Texture);
}
