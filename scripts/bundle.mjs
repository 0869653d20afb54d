#!/usr/bin/env node
// dist/bundle/: what package.json exports, each entry in few files. Node takes about a millisecond per module file that it
// imports, and dist/optimized has hundreds; entries share their chunks, so there is one copy of every module.
import { readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = "./dist/bundle/";

/** `{ "nn/functional": ".../dist/optimized/nn/functional.js" }`: the types stay where tsc wrote them. */
function entries() {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const found = Object.values(exports).filter(({ types }) => types !== undefined);
  const name = (file) => file.slice(out.length, -".js".length);
  return Object.fromEntries(found.map((e) => [name(e.default), join(root, e.types.replace(/\.d\.ts$/, ".js"))]));
}

rmSync(join(root, out), { recursive: true, force: true });
const bundle = await rolldown({ input: entries(), platform: "node", treeshake: false, resolve: { symlinks: false } });
await bundle.write({
  dir: join(root, out),
  format: "esm",
  sourcemap: true,
  entryFileNames: "[name].js",
  chunkFileNames: "chunks/[name].js",
});
