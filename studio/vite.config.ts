/** Builds the page into the service's own package, with gzip and Brotli copies beside every file. */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";
import { licences } from "./licences";

const OUT = process.env["STUDIO_OUT"] ?? "../serve/edges/web";
const TEXT = /\.(js|css|svg)$/;

/** Copies for clients that take them; woff2 is compressed already, and index.html is completed when it is served. */
function compressed(): Plugin {
  return {
    name: "compressed",
    closeBundle() {
      const folder = join(OUT, "studio");
      for (const name of readdirSync(folder).filter((name) => TEXT.test(name))) {
        const bytes = readFileSync(join(folder, name));
        writeFileSync(join(folder, `${name}.gz`), gzipSync(bytes, { level: 9 }));
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
        writeFileSync(join(folder, `${name}.br`), brotliCompressSync(bytes, { params }));
      }
      writeFileSync(join(OUT, "LICENSES.txt"), licences());
    },
  };
}

export default defineConfig({
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  plugins: [compressed()],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    assetsDir: "studio",
    assetsInlineLimit: 0,
    target: "es2022",
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    rollupOptions: { output: { manualChunks: (id) => (/three\/(build|src)\//.test(id) ? "three" : undefined) } },
  },
});
