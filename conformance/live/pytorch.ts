import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { packageRoot } from "../../optimized/core/native.js";

/** A real PyTorch in a child process. `python3` of the system and of the path are tried. */
const candidates = [process.env.PYTHON, "/usr/bin/python3", "python3"].filter((p): p is string => p !== undefined);

export function findPyTorch(): string | null {
  const works = (python: string) => spawnSync(python, ["-c", "import torch, numpy"], { stdio: "ignore" }).status === 0;
  return candidates.find(works) ?? null;
}

/** What is read where PyTorch has crashed. */
const DIED = '{"raises":"WorkerDied","message":"PyTorch has crashed"}';

export class PyTorch {
  private readonly child: ChildProcess;
  private died = false;
  private readonly waiting: ((line: string) => void)[] = [];

  constructor(python: string) {
    const worker = join(packageRoot, "conformance", "live", "worker.py");
    this.child = spawn(python, ["-W", "ignore", worker], { stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: this.child.stdout! }).on("line", (line) => this.waiting.shift()?.(line));
    this.child.on("close", () => {
      this.died = true;
      for (const resolve of this.waiting.splice(0)) resolve(DIED);
    });
  }

  /** The first line that the worker prints: its version. */
  ready(): Promise<string> {
    return this.next().then((line) => (JSON.parse(line) as { ready: string }).ready);
  }

  /** The case with PyTorch's results in it. */
  async complete<T extends object>(incomplete: object): Promise<T> {
    const answer = this.next();
    if (!this.died) this.child.stdin!.write(`${JSON.stringify(incomplete)}\n`);
    return JSON.parse(await answer) as T;
  }

  stop(): void {
    this.child.stdin!.end();
  }

  private next(): Promise<string> {
    return this.died ? Promise.resolve(DIED) : new Promise((resolve) => this.waiting.push(resolve));
  }
}
