/** What an asset measures and whether it is fit for use: `Acceptance` in /openapi.json. */

export type Policy = "strict" | "game" | "print" | "sim";
export type Triple = [number, number, number];

export interface Check {
  name: string;
  passed: boolean;
  message: string;
}

export interface MaterialReport {
  name: string;
  /** Linear RGB. */
  base_color: Triple;
  roughness: number;
  metallic: number;
  opacity: number;
  textured: boolean;
  face_count: number;
}

export interface TextureReport {
  size_px: number;
  coverage: number;
  overlap: number;
  texels_per_m: number;
}

export interface Acceptance {
  vertex_count: number;
  face_count: number;
  component_count: number;
  part_count: number;
  watertight: boolean;
  boundary_edge_count: number;
  nonmanifold_edge_count: number;
  nonmanifold_vertex_count: number;
  misoriented_edge_count: number;
  inverted_component_count: number;
  self_intersection_count: number;
  self_intersection_method: "exact" | "sampled";
  degenerate_face_count: number;
  duplicate_face_count: number;
  sliver_face_count: number;
  volume_m3: number | null;
  area_m2: number;
  bounds_m: { lower: Triple; upper: Triple };
  texture: TextureReport | null;
  materials: MaterialReport[];
  byte_count: number;
  policy: Policy;
  accepted: boolean;
  checks: Check[];
}
