/** How many recorded cases must pass at least, so that a broken loader cannot pass as "nothing failed". */
export const PASSED_FLOOR = {
  /** conformance/golden */
  golden: 0,
  /** all recorded cases */
  all: 0,
} as const;
