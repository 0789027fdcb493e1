/** An acceptance report in words: its verdict, and the measures that people ask for. */
import type { Acceptance, Check, Policy, Triple } from "../api/acceptance";
import { area, count, counted, extent, percent, volume } from "../words";

export const USES: Record<Policy, string> = {
  game: "games",
  print: "printing",
  sim: "simulation",
  strict: "the strictest use",
};

export interface Verdict {
  accepted: boolean;
  /** "Fit for games", "Not fit for printing". */
  said: string;
  failed: Check[];
  passed: Check[];
}

export function verdictOf({ accepted, policy, checks }: Acceptance): Verdict {
  return {
    accepted,
    said: `${accepted ? "Fit" : "Not fit"} for ${USES[policy]}`,
    failed: checks.filter((check) => !check.passed),
    passed: checks.filter((check) => check.passed),
  };
}

/** What a check is called on the page: "self intersections". */
export function nameOf(check: Check): string {
  return check.name.replaceAll("_", " ");
}

/** Width, height and depth, metres. */
export function extentOf({ bounds_m: { lower, upper } }: Acceptance): Triple {
  return [upper[0] - lower[0], upper[1] - lower[1], upper[2] - lower[2]];
}

/** In a line: "9,910 faces, watertight, 3 pieces". */
export function gistOf(report: Acceptance): string {
  const { face_count, watertight, component_count } = report;
  return `${counted(face_count, "face")}, ${watertight ? "watertight" : "open"}, ${counted(component_count, "piece")}`;
}

/** Name and value of what everybody asks for. */
export function measuresOf(report: Acceptance): [string, string][] {
  const { vertex_count, component_count, part_count, volume_m3 } = report;
  return [
    ["Size", `${extent(extentOf(report))}, W × H × D`],
    ["Faces", `${count(report.face_count)} on ${counted(vertex_count, "corner")}`],
    ["Pieces", `${count(component_count)}, in ${counted(part_count, "named part")}`],
    ["Surface", report.watertight ? "watertight" : `open, ${counted(report.boundary_edge_count, "edge")} at its rims`],
    ["Volume", volume_m3 === null ? "none: it is not closed" : volume(volume_m3)],
    ["Area", area(report.area_m2)],
  ];
}

/** Name and count of what can be wrong with a surface. */
export function flawsOf(report: Acceptance): [string, string][] {
  const intersections = `${count(report.self_intersection_count)}, ${report.self_intersection_method}`;
  return [
    ["Rim edges", count(report.boundary_edge_count)],
    ["Non-manifold edges", count(report.nonmanifold_edge_count)],
    ["Non-manifold corners", count(report.nonmanifold_vertex_count)],
    ["Edges whose faces disagree", count(report.misoriented_edge_count)],
    ["Pieces inside out", count(report.inverted_component_count)],
    ["Crossing faces", intersections],
    ["Faces without area", count(report.degenerate_face_count)],
    ["Faces twice", count(report.duplicate_face_count)],
    ["Slivers", count(report.sliver_face_count)],
  ];
}

/** The texture in words; null where the surface has none. */
export function textureOf({ texture }: Acceptance): [string, string][] | null {
  if (!texture?.size_px) return null;
  return [
    ["Texture", `${count(texture.size_px)} × ${count(texture.size_px)} pixels`],
    ["Covered", percent(texture.coverage)],
    ["Covered twice", percent(texture.overlap)],
    ["Density", `${count(Math.round(texture.texels_per_m))} texels a metre`],
  ];
}

/** A linear colour for CSS. */
export function swatch([red, green, blue]: Triple): string {
  return `color(srgb-linear ${red} ${green} ${blue})`;
}
