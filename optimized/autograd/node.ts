import type { Device } from "../core/device.js";
import type { DType } from "../core/dtype.js";
import type { GradFn, Tensor } from "../core/tensor.js";
import { observe } from "./observe.js";

/** Gradients of the outputs go in, gradients of the inputs come out; null where there is none. */
export type Gradients = readonly (Tensor | null)[];

let sequence = 0;

export type NodeHook = (gradInputs: Gradients, gradOutputs: Gradients) => Gradients | undefined | void;
export type NodePreHook = (gradOutputs: Gradients) => Gradients | undefined | void;
export type TensorHook = (grad: Tensor) => Tensor | null | undefined | void;

/** What the engine keeps on a node while a backward pass visits it. */
export interface PassState {
  pass: number;
  /** Edges into this node, from nodes of the pass, that have not delivered yet. */
  waiting: number;
  grads: (Tensor | null)[];
  /** Whether the gradients that flow through this node are wanted. */
  needed: boolean;
}

/**
 * A node of the graph of gradients. Edges point to nodes, never to tensors, so that what no node saved is free. It knows
 * shape and dtype of the outputs of the forward op: gradients that arrive are summed to those shapes.
 */
export abstract class Node implements GradFn {
  abstract readonly name: string;
  /** Younger nodes run first: PyTorch's order, which fixes the order in which gradients are summed. */
  readonly sequence = sequence++;
  /** For each input of the forward op: the node that its gradient goes to. */
  edges: (Node | null)[] = [];
  /** Which output of that node the input was. */
  edgeOutputs: number[] = [];
  /** @internal */ state: PassState | null = null;
  preHooks: Map<number, NodePreHook> | null = null;
  postHooks: Map<number, NodeHook> | null = null;
  /** Per output: hooks of the tensor that it was. */
  tensorHooks: (Map<number, TensorHook> | undefined)[] | null = null;
  /** Per output: tensors that keep their gradient (`retain_grad`). */
  retainers: (WeakRef<Tensor> | undefined)[] | null = null;

  /** Of the first output; the others are in `more`. */
  private readonly shape: readonly number[];
  private readonly dtype: DType;
  private readonly device: Device;
  private readonly more: readonly OutputMeta[] | null;

  constructor(outs: readonly OutputMeta[]) {
    const first = outs[0]!;
    this.shape = first.shape;
    this.dtype = first.dtype;
    this.device = first.device;
    this.more = outs.length === 1 ? null : outs.map(({ shape, dtype, device }) => ({ shape, dtype, device }));
    if (observe.made !== null) observe.made(this);
  }

  /** How many outputs the forward op had. */
  get outputs(): number {
    return this.more === null ? 1 : this.more.length;
  }
  shapeOf(output: number): readonly number[] {
    return output === 0 ? this.shape : this.more![output]!.shape;
  }
  dtypeOf(output: number): DType {
    return output === 0 ? this.dtype : this.more![output]!.dtype;
  }
  deviceOf(output: number): Device {
    return output === 0 ? this.device : this.more![output]!.device;
  }

  /** One gradient per edge. `needs[i]` is false where edge i leads nowhere that is wanted. */
  abstract run(grads: (Tensor | null)[], needs: readonly boolean[]): Gradients;

  /** Drops what was saved for backward. */
  release(): void {}

  /** [node, input number] pairs, as in PyTorch. */
  get next_functions(): readonly (readonly [Node | null, number])[] {
    return this.edges.map((node, i) => [node, this.edgeOutputs[i]!] as const);
  }

  register_hook(hook: NodeHook): RemovableHandle {
    this.postHooks ??= new Map();
    return new RemovableHandle(this.postHooks, hook);
  }

  register_prehook(hook: NodePreHook): RemovableHandle {
    this.preHooks ??= new Map();
    return new RemovableHandle(this.preHooks, hook);
  }

  /** Anything that somebody wants to remember about this node. Source: torch.autograd.graph.Node.metadata. */
  get metadata(): Record<string, unknown> {
    const known = metadata.get(this) ?? {};
    metadata.set(this, known);
    return known;
  }

  toString(): string {
    return `<${this.name}>`;
  }
}

const metadata = new WeakMap<Node, Record<string, unknown>>();

let hookIds = 0;

/** Takes a hook away again: `handle.remove()`, or `using handle = ...`. */
export class RemovableHandle {
  readonly id = hookIds++;

  constructor(
    private readonly hooks: Map<number, unknown>,
    hook: unknown,
  ) {
    hooks.set(this.id, hook);
  }
  remove(): void {
    this.hooks.delete(this.id);
  }
  [Symbol.dispose](): void {
    this.remove();
  }
}

/** The root of a leaf: the engine sums gradients into `variable.grad`. */
export class AccumulateGrad extends Node {
  readonly name = "AccumulateGrad";
  /** Run when the gradient is in `variable.grad`. */
  postAccumulate: Map<number, (variable: Tensor) => void> | null = null;

  constructor(readonly variable: Tensor) {
    super([variable]);
  }
  override run(): Gradients {
    return [];
  }
}

interface OutputMeta {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly device: Device;
}
