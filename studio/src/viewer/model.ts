/** Files become groups of meshes that stand on the ground, one unit high or wide, with their parts by name. */
import { Box3, Group, Mesh, MeshStandardMaterial, Vector3, type BufferGeometry, type Object3D } from "three";
import { READABLE } from "./kinds";

export interface Model {
  /** Stands on y = 0 around the axis, scaled so that its largest extent is 1. */
  root: Group;
  parts: Map<string, Mesh[]>;
  /** Width, height and depth in the file's own units, metres in Galatea's. */
  extent: [number, number, number];
  faceCount: number;
}

/** The model that a file holds. The loaders are fetched when they are first needed. */
export async function readModel(bytes: ArrayBuffer, ext: string): Promise<Model> {
  const scene = await READERS[ext]?.(bytes);
  if (!scene) throw new Error(`The page cannot show .${ext} files; it reads ${READABLE.join(", ")}.`);
  return modelOf(scene);
}

const READERS: Record<string, (bytes: ArrayBuffer) => Promise<Object3D>> = {
  glb: readGltf,
  gltf: readGltf,
  obj: async (bytes) => readObj(new TextDecoder().decode(bytes), ""),
  zip: readZippedObj,
  ply: async (bytes) => {
    const { PLYLoader } = await import("three/examples/jsm/loaders/PLYLoader.js");
    return zUp(new PLYLoader().parse(bytes));
  },
  stl: async (bytes) => {
    const { STLLoader } = await import("three/examples/jsm/loaders/STLLoader.js");
    return zUp(new STLLoader().parse(bytes));
  },
};

async function readGltf(bytes: ArrayBuffer): Promise<Object3D> {
  const { GLTFLoader } = await import("three/examples/jsm/loaders/GLTFLoader.js");
  return (await new GLTFLoader().parseAsync(bytes, "")).scene;
}

async function readObj(text: string, materials: string): Promise<Object3D> {
  const { OBJLoader } = await import("three/examples/jsm/loaders/OBJLoader.js");
  const loader = new OBJLoader();
  if (materials) {
    const { MTLLoader } = await import("three/examples/jsm/loaders/MTLLoader.js");
    loader.setMaterials(new MTLLoader().parse(materials, ""));
  }
  return loader.parse(text);
}

async function readZippedObj(bytes: ArrayBuffer): Promise<Object3D> {
  const { unzipSync, strFromU8 } = await import("three/examples/jsm/libs/fflate.module.js");
  const files = Object.entries(unzipSync(new Uint8Array(bytes)));
  const text = (ext: string) => {
    const found = files.find(([name]) => name.toLowerCase().endsWith(ext));
    return found ? strFromU8(found[1]) : "";
  };
  return readObj(text(".obj"), text(".mtl"));
}

/** Formats for printing have Z up; they tell no parts. */
function zUp(geometry: BufferGeometry): Object3D {
  if (!geometry.hasAttribute("normal")) geometry.computeVertexNormals();
  const vertexColors = geometry.hasAttribute("color");
  const material = new MeshStandardMaterial({ vertexColors, color: vertexColors ? "#fff" : "#c9c6bd", roughness: 0.7 });
  const mesh = new Mesh(geometry, material);
  mesh.rotation.x = -Math.PI / 2;
  return mesh;
}

function modelOf(scene: Object3D): Model {
  const parts = new Map<string, Mesh[]>();
  let faceCount = 0;
  scene.traverse((node) => {
    if (!(node instanceof Mesh)) return;
    node.castShadow = node.receiveShadow = true;
    faceCount += (node.geometry.index?.count ?? node.geometry.getAttribute("position").count) / 3;
    const name = partName(node);
    if (name) parts.set(name, [...(parts.get(name) ?? []), node]);
  });
  const box = new Box3().setFromObject(scene, true);
  if (box.isEmpty()) throw new Error("The file holds no surface to show.");
  const extent = box.getSize(new Vector3());
  const centre = box.getCenter(new Vector3());
  const scale = 1 / Math.max(extent.x, extent.y, extent.z, 1e-9);
  const root = new Group();
  root.add(scene);
  scene.position.sub(new Vector3(centre.x, box.min.y, centre.z));
  root.scale.setScalar(scale);
  return { root, parts, extent: [extent.x, extent.y, extent.z], faceCount: Math.round(faceCount) };
}

/** What glTF's extras call the part of this mesh, else the name of its node. */
export function partName(mesh: Object3D): string {
  for (let node: Object3D | null = mesh; node; node = node.parent) {
    const part: unknown = node.userData["part"];
    if (typeof part === "string") return part;
  }
  return mesh.name.replaceAll("_", " ");
}

/** Frees what the graphics card holds of it. */
export function dispose(model: Model): void {
  model.root.traverse((node) => {
    if (!(node instanceof Mesh)) return;
    node.geometry.dispose();
    for (const material of [node.material].flat()) material.dispose();
  });
}
