/** A line of even width around parts, seen through whatever stands before them.

A part is drawn twice more: first as a mask in the stencil, then grown along smooth normals in screen space, only
where the mask is not.
*/
import {
  AlwaysStencilFunc,
  type BufferAttribute,
  BufferGeometry,
  Color,
  DoubleSide,
  type Material,
  Mesh,
  MeshBasicMaterial,
  NotEqualStencilFunc,
  ReplaceStencilOp,
  ShaderMaterial,
  SkinnedMesh,
  Vector2,
} from "three";
import { mergeVertices } from "three/examples/jsm/utils/BufferGeometryUtils.js";

const VERTEX = `
#include <skinning_pars_vertex>
uniform vec2 viewport;
uniform float width;
void main() {
  #include <beginnormal_vertex>
  #include <begin_vertex>
  #include <skinbase_vertex>
  #include <skinnormal_vertex>
  #include <skinning_vertex>
  vec4 place = projectionMatrix * modelViewMatrix * vec4(transformed, 1.0);
  vec2 outward = (projectionMatrix * modelViewMatrix * vec4(objectNormal, 0.0)).xy * viewport;
  float steepness = length(outward);
  if (steepness > 0.0) place.xy += outward / steepness * width * 2.0 / viewport * place.w;
  gl_Position = place;
}`;
const FRAGMENT = `
uniform vec3 color;
void main() { gl_FragColor = vec4(color, 1.0); }`;

const THROUGH = { depthTest: false, depthWrite: false, side: DoubleSide, stencilWrite: true, stencilRef: 1 };
const MASK = new MeshBasicMaterial({
  ...THROUGH,
  colorWrite: false,
  stencilFunc: AlwaysStencilFunc,
  stencilZPass: ReplaceStencilOp,
});

/** Draws outlines of one colour and width; `viewport` must follow the canvas. */
export class Outline {
  readonly viewport = new Vector2(1, 1);
  private readonly material: ShaderMaterial;
  private drawn: Mesh[] = [];

  constructor(widthPx: number) {
    const uniforms = { viewport: { value: this.viewport }, width: { value: widthPx }, color: { value: new Color() } };
    const shaders = { vertexShader: VERTEX, fragmentShader: FRAGMENT, uniforms };
    this.material = new ShaderMaterial({ ...shaders, ...THROUGH, stencilFunc: NotEqualStencilFunc });
  }

  set color(value: string) {
    (this.material.uniforms["color"]!.value as Color).setStyle(value).convertLinearToSRGB();
  }

  /** Outlines these meshes and no others. */
  around(meshes: Mesh[]): void {
    for (const mesh of this.drawn) {
      mesh.removeFromParent();
      mesh.geometry.dispose();
    }
    this.drawn = meshes.flatMap((mesh) => {
      const geometry = welded(mesh.geometry);
      const pair = [over(twin(mesh, geometry, MASK), 10), over(twin(mesh, geometry, this.material), 11)];
      mesh.add(...pair);
      return pair;
    });
  }
}

/** Another surface that moves as a mesh does. */
function twin(mesh: Mesh, geometry: BufferGeometry, material: Material): Mesh {
  if (!(mesh instanceof SkinnedMesh)) return new Mesh(geometry, material);
  const skinned = new SkinnedMesh(geometry, material);
  skinned.bind(mesh.skeleton, mesh.bindMatrix);
  skinned.frustumCulled = false;
  return skinned;
}

/** Marks a mesh as no part of the model, to be drawn after it. */
function over(mesh: Mesh, renderOrder: number): Mesh {
  mesh.renderOrder = renderOrder;
  mesh.raycast = () => undefined;
  mesh.userData["outline"] = true;
  return mesh;
}

/** The surface with one normal a place: where normals part, at hard edges, the line would tear. */
function welded(geometry: BufferGeometry): BufferGeometry {
  const bare = new BufferGeometry();
  for (const name of ["position", "skinIndex", "skinWeight"]) {
    if (geometry.hasAttribute(name)) bare.setAttribute(name, geometry.getAttribute(name).clone() as BufferAttribute);
  }
  if (geometry.index) bare.setIndex(geometry.index.clone());
  const merged = mergeVertices(bare, 1e-5);
  merged.computeVertexNormals();
  bare.dispose();
  return merged;
}
