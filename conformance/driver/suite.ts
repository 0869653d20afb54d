import { describe, test } from "vitest";
import { propertiesOf } from "./properties.js";
import type { Spec } from "./spec.js";

/** A test for every property of every spec; TSTORCH_RUNS sets how many inputs are drawn, else `runs`. */
export function testSpecs(specs: readonly Spec[], runs: number): void {
  const draws = Number(process.env.TSTORCH_RUNS ?? runs);
  describe.each(specs)("$name", (spec) => {
    for (const { name, skip, check } of propertiesOf(spec)) {
      if (skip === undefined) test(name, () => check(draws));
      else test.skip(`${name}: ${skip}`, () => {});
    }
  });
}
