// The last line of a CI run, from vitest's JSON report: `N passed, N failed, N skipped`.
import { readFileSync } from "node:fs";

const report = JSON.parse(readFileSync(process.argv[2] ?? ".cache/vitest.json", "utf8"));
// A file that does not load, or an error outside any test, fails no test but the run.
const brokenFiles = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
const failed = report.numFailedTests + brokenFiles.length || (report.success ? 0 : 1);
const skipped = report.numPendingTests + report.numTodoTests;
process.stdout.write(`${report.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`);
