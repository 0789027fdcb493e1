/** Parts that differ by a number alone are one entry of a list: "spot × 7". */

export interface PartGroup {
  label: string;
  names: string[];
}

export function groupParts(names: string[]): PartGroup[] {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const kind = name.replace(/[_ ][0-9]+$/, "").replaceAll("_", " ");
    groups.set(kind, [...(groups.get(kind) ?? []), name]);
  }
  return [...groups].map(([kind, names]) => ({ label: names.length > 1 ? `${kind} × ${names.length}` : kind, names }));
}
