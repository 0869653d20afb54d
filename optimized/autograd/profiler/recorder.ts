import { TorchError } from "../../core/errors.js";
import { Tensor } from "../../core/tensor.js";
import { AccumulateGrad, type Gradients, type Node } from "../node.js";
import { observe, observeNodes } from "../observe.js";
import { FunctionEvent } from "./events.js";

/** Watches ops and nodes while it is the one that runs; costs nothing while none does. */

let active: Recorder | null = null;

export function activeRecorder(): Recorder | null {
  return active;
}

export class Recorder {
  readonly events: FunctionEvent[] = [];
  private readonly open: FunctionEvent[] = [];
  private readonly zero = performance.now();
  private stopNodes: (() => void) | null = null;

  constructor(
    private readonly shapes: boolean,
    private readonly memory: boolean,
  ) {}

  start(): void {
    if (active !== null) throw new TorchError("profile", "another profiler is running. Stop it first");
    active = this;
    observe.op = (name, outs, ins, run) => {
      this.within(`aten::${name}`, ins, run);
      if (this.memory) this.events.at(-1)!.self_cpu_memory_usage = newBytes(outs, ins);
    };
    this.stopNodes = observeNodes((node, run) => this.node(node, run));
  }

  stop(): void {
    if (active !== this) return;
    active = null;
    observe.op = null;
    this.stopNodes!();
    while (this.open.length > 0) this.end();
  }

  private now(): number {
    return (performance.now() - this.zero) * 1000;
  }

  begin(name: string, ins: readonly unknown[] = []): void {
    const shapes = this.shapes ? ins.map((x) => (x instanceof Tensor ? x.shape : [])) : [];
    const event = new FunctionEvent(name, this.open.at(-1) ?? null, this.now(), shapes);
    this.events.push(event);
    this.open.push(event);
  }
  end(): void {
    const event = this.open.pop();
    if (event !== undefined) event.end = this.now();
  }
  within<T>(name: string, ins: readonly unknown[], run: () => T): T {
    this.begin(name, ins);
    try {
      return run();
    } finally {
      this.end();
    }
  }

  private node(node: Node, run: () => Gradients): Gradients {
    const name = node instanceof AccumulateGrad ? "torch::autograd::AccumulateGrad" : node.name;
    return this.within(`autograd::engine::evaluate_function: ${name}`, [], () => this.within(name, [], run));
  }
}

/** Bytes of results that have memory of their own. */
function newBytes(outs: readonly Tensor[], ins: readonly unknown[]): number {
  return outs
    .filter((out) => !ins.some((x) => x instanceof Tensor && x._storage === out._storage))
    .reduce((sum, out) => sum + out._storage.nbytes, 0);
}
