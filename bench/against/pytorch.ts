import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { packageRoot } from "../../optimized/core/native.js";
import { Unsupported, type Workload } from "../worker/workload.js";
import type { Opponent } from "./opponent.js";

/** PyTorch in a child process: bench/pytorch_worker.py, one JSON line per command and answer. */

interface Answer {
  readonly ok: boolean;
  readonly ms?: number;
  readonly error?: string;
  readonly unsupported?: boolean;
}

/** Answers come in the order of the questions, one line each. */
class Conversation {
  private readonly waiting: ((answer: Answer) => void)[] = [];

  constructor(private readonly child: ChildProcess) {
    createInterface({ input: child.stdout! }).on("line", (line) => this.waiting.shift()?.(JSON.parse(line) as Answer));
    child.on("close", (code) => this.end(`PyTorch's process ended with code ${code}`));
    child.on("error", (error) => this.end(error.message));
    child.stdin!.on("error", () => {}); // "close" tells
  }

  private end(error: string): void {
    for (const answer of this.waiting.splice(0)) answer({ ok: false, error });
  }

  async ask(question: object): Promise<Answer> {
    const answer = await new Promise<Answer>((resolve) => {
      if (this.child.exitCode !== null) return resolve({ ok: false, error: "PyTorch's process is gone" });
      this.waiting.push(resolve);
      this.child.stdin!.write(`${JSON.stringify(question)}\n`);
    });
    if (answer.ok) return answer;
    throw answer.unsupported ? new Unsupported(answer.error) : new Error(answer.error);
  }
}

export function pytorch(python: string, threads: number): Opponent {
  const env = { ...process.env, OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) };
  const script = join(packageRoot, "bench", "pytorch_worker.py");
  const child = spawn(python, ["-B", script, String(threads)], { env, stdio: ["pipe", "pipe", "inherit"] });
  const talk = new Conversation(child);
  return {
    name: "pytorch",
    prepare: async ({ op, p }: Workload, minMs) => void (await talk.ask({ cmd: "prep", op, p, min_ms: minMs })),
    sample: async () => (await talk.ask({ cmd: "sample" })).ms!,
    drop: async () => void (await talk.ask({ cmd: "done" })),
    close: () => child.stdin!.end(), // its loop then ends
  };
}
