/** Fields of a form, and what the selections offer. An empty value is the service's own choice. */

export type Options = [value: string, label: string][];

export const TEXTURES: Options = [
  ["", "auto"],
  ["0", "none"],
  ...["256", "512", "1024", "2048", "4096"].map((size): [string, string] => [size, `${size} px`]),
];
export const LEVELS: Options = [["", "none"], ...["1", "2", "3", "4"].map((count): [string, string] => [count, count])];
export const POLICIES: Options = [
  ["", "anything"],
  ["game", "games"],
  ["print", "printing"],
  ["sim", "simulation"],
  ["strict", "the strictest use"],
];
export const COMPRESSIONS: Options = [
  ["", "none"],
  ["meshopt", "meshopt"],
];

interface ChoiceProps {
  label: string;
  name: string;
  value: string;
  options: Options;
  /** What is good to know of the value that is chosen. */
  hint?: string | undefined;
}

export function Choice({ label, name, value, options, hint }: ChoiceProps) {
  const note = `${name}-hint`;
  return (
    <>
      <label class="field">
        <span>{label}</span>
        <select name={name} value={value} aria-describedby={hint ? note : undefined}>
          {options.map(([choice, words]) => (
            <option key={choice} value={choice} selected={choice === value}>
              {words}
            </option>
          ))}
        </select>
      </label>
      {hint && (
        <p class="fine" id={note}>
          {hint}
        </p>
      )}
    </>
  );
}

interface QuantityProps {
  label: string;
  name: string;
  value: string;
  placeholder: string;
  min: number;
  max: number;
  step?: number | "any";
}

export function Quantity({ label, ...rest }: QuantityProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <input type="number" {...rest} />
    </label>
  );
}

/** A colour. */
export function Swatch({ label, ...rest }: { label: string; name: string; value: string }) {
  return (
    <label class="field">
      <span>{label}</span>
      <input type="color" {...rest} />
    </label>
  );
}

/** What both forms have beside their own: faces, texture, levels, use, packing. */
export function Budget({ chosen, faces }: { chosen: Record<BudgetName, string>; faces: string }) {
  return (
    <>
      <Quantity label="Most faces" name="poly_count" value={chosen.poly_count} placeholder={faces} min={100} max={500_000} />
      <Choice label="Texture" name="texture_size" value={chosen.texture_size} options={TEXTURES} />
      <Choice label="Coarser levels" name="lod_count" value={chosen.lod_count} options={LEVELS} />
      <Choice label="Must be fit for" name="policy" value={chosen.policy} options={POLICIES} />
      <Choice label="Compression" name="compression" value={chosen.compression} options={COMPRESSIONS} />
    </>
  );
}

type BudgetName = "poly_count" | "texture_size" | "lod_count" | "policy" | "compression";
