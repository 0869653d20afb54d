/** `npm start` on a few drawn images: what it prints, its errors, ctrl-C and going on after it. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageRoot } from "../optimized/core/native.js";

const main = join(packageRoot, "dist", "examples", "digits", "main.js");
const folder = mkdtempSync(join(tmpdir(), "digits-"));
const file = (name: string) => join(folder, name);

/** An idx file: two zeros, 8 for bytes, the number of sizes, the sizes, the elements. */
function writeIdx(name: string, shape: readonly number[], data: Uint8Array): void {
  const header = Buffer.from([0, 0, 8, shape.length, ...shape.flatMap((n) => [0, 0, n >> 8, n & 255])]);
  writeFileSync(file(name), Buffer.concat([header, data]));
}

/** Each digit is a bar at a height of its own. */
function writeDigits(name: string, count: number): void {
  const pixels = new Uint8Array(count * 28 * 28);
  for (let i = 0; i < count; i++) {
    const top = 4 + 2 * (i % 10);
    pixels.fill(255, (i * 28 + top) * 28 + 8, (i * 28 + top) * 28 + 20);
  }
  writeIdx(`${name}-images-idx3-ubyte`, [count, 28, 28], pixels);
  writeIdx(
    `${name}-labels-idx1-ubyte`,
    [count],
    Uint8Array.from({ length: count }, (_, i) => i % 10),
  );
}

beforeAll(() => {
  writeDigits("train", 160);
  writeDigits("t10k", 40);
});
afterAll(() => rmSync(folder, { recursive: true }));

const data = ["--data", folder, "--threads", "1"];
const recipe = ["--batch-size", "16", "--epochs", "12"];
const run = (...args: string[]) => spawnSync(process.execPath, [main, ...args], { encoding: "utf8", cwd: folder });

describe("npm start", () => {
  test("trains, draws the losses, and compares with the reference", () => {
    const { stdout, status } = run(...data, ...recipe, "--save", file("whole.safetensors"));
    expect(status).toBe(0);
    expect(stdout).toContain("MNIST, 160 images for training and 40 for test");
    expect(stdout).toMatch(/epoch 12\/12 {2}loss 0\.\d+ .* accuracy 100\.00%/);
    expect(stdout).toMatch(/loss of 120 steps/);
    const [, loss, parameter] = /losses differ by at most (\S+), parameters by (\S+)/.exec(stdout)!;
    expect(Number(loss)).toBeLessThan(1e-5);
    expect(Number(parameter)).toBeLessThan(1e-6);
    expect(stdout).toMatch(/gradcheck: .* all of its 361 parameters/);
  });

  test("ctrl-C saves, and --resume ends with the same bits as a run that was not stopped", async () => {
    const child = spawn(process.execPath, [main, ...data, ...recipe, "--save", file("stopped.safetensors")]);
    child.stdout.on("data", (text: Buffer) => text.includes("epoch") && child.kill("SIGINT"));
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(130);
    const { stdout } = run(...data, "--resume", file("stopped.safetensors"), "--save", file("resumed.safetensors"));
    expect(stdout).toMatch(/resumed +after \d+ epochs and \d+ steps/);
    expect(readFileSync(file("resumed.safetensors")).equals(readFileSync(file("whole.safetensors")))).toBe(true);
  });

  test("--help", () => {
    const { stdout, status } = run("--help");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Usage: npm start/);
  });

  test.each([
    [["--epochs", "0"], "--epochs must be a whole number of at least 1; got '0'"],
    [["--lr", "fast"], "--lr must be a positive number; got 'fast'"],
    [["--seed", ""], "--seed must be a whole number of at least 0; got ''"],
    [["--device", "tpu"], "--device must be cpu, reference or cuda; got 'tpu'"],
    [["--data", "/nowhere"], "train-images-idx3-ubyte.gz not found in /nowhere/MNIST/raw or /nowhere"],
    [["--resume", "/nowhere"], "--resume: there is no file '/nowhere'"],
    [["--resume", main], "not a safetensors file"],
    [["--resume", "x", "--lr", "1"], "--lr cannot be given with --resume"],
    [["--save", "/nowhere/x"], "--save: cannot write '/nowhere/x'"],
    [["--epoch", "1"], "Unknown option '--epoch'"],
  ])("%j is refused in one line, without a stack", (args, message) => {
    const { stderr, status } = run(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("    at ");
  });

  test("leaves nothing else in the folder", () => expect(existsSync(file("digits.safetensors"))).toBe(false));
});
