/** Writes docs/ops.md: `npm run page`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../optimized/core/native.js";
import { specs } from "../specs/index.js";
import { page } from "./page.js";

const folder = join(packageRoot, "docs");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "ops.md"), page(specs));
console.log(`docs/ops.md: ${specs.length} specs`);
