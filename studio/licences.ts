/** The licences of the code and the type that the built files hold. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const SHIPPED = [
  "fflate",
  "meshoptimizer",
  "preact",
  "@preact/signals",
  "@preact/signals-core",
  "three",
  "@fontsource-variable/instrument-sans",
  "@fontsource-variable/newsreader",
];
const RULE = "-".repeat(78);

/** One text: every shipped package with its version, its licence's name and its licence. */
export function licences(): string {
  return SHIPPED.map((name) => {
    const folder = join("node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (!file) throw new Error(`${name} has no licence file`);
    const text = readFileSync(join(folder, file), "utf8").trim();
    return `${RULE}\n${name} ${version} (${license})\n${RULE}\n\n${text}\n`;
  }).join("\n");
}
