/** Files become groups of meshes that stand on the ground, one unit high or wide, with their parts by name. */
import {
  type AnimationClip,
  Box3,
  type BufferGeometry,
  Group,
  type LoadingManager,
  type Material,
  Mesh,
  type MeshPhongMaterial,
  MeshStandardMaterial,
  type Object3D,
  SkinnedMesh,
  Vector3,
} from "three";
import { READABLE } from "./kinds";
import { reachOf } from "./player";

export interface Model {
  /** Stands on y = 0 around the axis, scaled so that its largest extent is 1, wherever its clips take it. */
  root: Group;
  parts: Map<string, Mesh[]>;
  /** What it can do. */
  clips: AnimationClip[];
  /** Width, height and depth at rest in the file's own units, metres in Galatea's. */
  extent: [number, number, number];
  faceCount: number;
}

/** The model that a file holds. The loaders are fetched when they are first needed. */
export async function readModel(bytes: ArrayBuffer, ext: string): Promise<Model> {
  const read = READERS[ext];
  if (!read) throw new Error(`The page cannot show .${ext} files; it reads ${READABLE.join(", ")}.`);
  try {
    const { scene, clips } = await read(bytes);
    return modelOf(scene, clips);
  } catch (error) {
    throw new Error(`The page cannot show this .${ext} file: ${error instanceof Error ? error.message : error}`);
  }
}

interface Read {
  scene: Object3D;
  clips: AnimationClip[];
}

const READERS: Record<string, (bytes: ArrayBuffer) => Promise<Read>> = {
  glb: readGltf,
  gltf: readGltf,
  obj: async (bytes) => atRest(await readObj(new TextDecoder().decode(bytes), "")),
  zip: readZip,
  ply: async (bytes) => {
    const { PLYLoader } = await import("three/examples/jsm/loaders/PLYLoader.js");
    return atRest(zUp(new PLYLoader().parse(bytes)));
  },
  stl: async (bytes) => {
    const { STLLoader } = await import("three/examples/jsm/loaders/STLLoader.js");
    return atRest(zUp(new STLLoader().parse(bytes)));
  },
};

function atRest(scene: Object3D): Read {
  return { scene, clips: [] };
}

async function readGltf(bytes: ArrayBuffer, manager?: LoadingManager): Promise<Read> {
  const { GLTFLoader } = await import("three/examples/jsm/loaders/GLTFLoader.js");
  const loader = new GLTFLoader(manager);
  if (isMeshopt(bytes)) {
    const { MeshoptDecoder } = await import("meshoptimizer/decoder");
    loader.setMeshoptDecoder(MeshoptDecoder);
  }
  const { scene, animations } = await loader.parseAsync(bytes, "");
  return { scene, clips: animations };
}

/** Whether the file's JSON, which leads it, asks for the meshopt decoder: it is fetched for no other. */
function isMeshopt(bytes: ArrayBuffer): boolean {
  const isBinary = new TextDecoder().decode(bytes.slice(0, 4)) === "glTF";
  const end = isBinary && bytes.byteLength >= 20 ? 20 + new DataView(bytes).getUint32(12, true) : bytes.byteLength;
  return new TextDecoder().decode(bytes.slice(0, end)).includes("_meshopt_compression");
}

async function readObj(text: string, materials: string, manager?: LoadingManager): Promise<Object3D> {
  const { OBJLoader } = await import("three/examples/jsm/loaders/OBJLoader.js");
  const loader = new OBJLoader(manager);
  if (materials) {
    const { MTLLoader } = await import("three/examples/jsm/loaders/MTLLoader.js");
    loader.setMaterials(new MTLLoader(manager).parse(materials, ""));
  }
  const scene = loader.parse(text);
  scene.traverse((node) => {
    if (node instanceof Mesh) node.material = [node.material].flat().map(physical);
    if (node instanceof Mesh && node.material.length === 1) node.material = node.material[0];
  });
  return scene;
}

/** OBJ's materials know no surroundings; those of everything else do. */
function physical({ color, map, normalMap, opacity, transparent, side, vertexColors }: MeshPhongMaterial): Material {
  const looks = { color, map, normalMap, opacity, transparent, side, vertexColors };
  return new MeshStandardMaterial({ ...looks, roughness: 0.6 });
}

/** A glTF or an OBJ with what belongs to it. */
async function readZip(bytes: ArrayBuffer): Promise<Read> {
  const { Archive } = await import("./archive");
  const archive = new Archive(bytes);
  const gltf = archive.bytesOf(".glb") ?? archive.bytesOf(".gltf");
  if (gltf) return readGltf(gltf.slice().buffer, archive.manager).finally(() => archive.close());
  const { manager } = archive;
  let pictured = Promise.resolve();
  manager.onStart = () => (pictured = new Promise((resolve) => (manager.onLoad = resolve)));
  const scene = await readObj(archive.textOf(".obj"), archive.textOf(".mtl"), manager);
  await pictured;
  archive.close();
  return atRest(scene);
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

function modelOf(scene: Object3D, clips: AnimationClip[]): Model {
  const parts = new Map<string, Mesh[]>();
  let faceCount = 0;
  scene.traverse((node) => {
    if (!(node instanceof Mesh)) return;
    node.castShadow = node.receiveShadow = true;
    node.frustumCulled = !(node instanceof SkinnedMesh); // its bounds are those of one pose
    faceCount += (node.geometry.index?.count ?? node.geometry.getAttribute("position").count) / 3;
    const name = partName(node);
    if (name) parts.set(name, [...(parts.get(name) ?? []), node]);
  });
  const box = new Box3().setFromObject(scene, true);
  if (box.isEmpty()) throw new Error("The file holds no surface to show.");
  const extent = box.getSize(new Vector3()).toArray();
  const reach = clips.length ? reachOf(scene, clips) : box;
  const centre = reach.getCenter(new Vector3());
  const root = new Group();
  root.add(scene);
  scene.position.sub(new Vector3(centre.x, reach.min.y, centre.z));
  root.scale.setScalar(1 / Math.max(...reach.getSize(new Vector3()).toArray(), 1e-9));
  return { root, parts, clips, extent, faceCount: Math.round(faceCount) };
}

/** What glTF's extras call the part of this mesh, else the name of its node. */
export function partName(mesh: Object3D): string {
  for (let node: Object3D | null = mesh; node; node = node.parent) {
    const part: unknown = node.userData["part"];
    if (typeof part === "string") return part;
  }
  return mesh.name.replaceAll("_", " ");
}
