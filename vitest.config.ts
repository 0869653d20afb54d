import { defineConfig } from "vitest/config";

const inCI = Boolean(process.env.CI);

export default defineConfig({
  // Vite compiles tests and sources by tsconfig.json's target, so class fields and `using` mean what they mean to tsc.
  test: {
    include: ["conformance/**/*.test.ts"],
    pool: "forks", // native code and memory limits want a process of their own
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: inCI ? [["default", { summary: false }], "json"] : ["default"],
    outputFile: { json: ".cache/vitest.json" }, // .ci/run counts from it
  },
});
