/** How many recorded cases must pass at least, so that a broken loader cannot pass as "nothing failed". */
export const PASSED_FLOOR = {
  /** conformance/golden */
  golden: 5000,
  /** all recorded cases */
  all: 7000,
} as const;
