import type { Device } from "../core/device.js";
import type { DType } from "../core/dtype.js";
import { TorchError } from "../core/errors.js";
import type { GradFn, Tensor } from "../core/tensor.js";

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

  toString(): string {
    return `<${this.name}>`;
  }
}

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

/** A tensor that backward will read, and the version it had. */
export interface Saved {
  readonly tensor: Tensor;
  readonly version: number;
}

/**
 * Throws if the tensor was changed in place since it was saved: its gradient would be silently wrong.
 * `name` is the node's.
 */
export function unpack(saved: Saved, name: string): Tensor {
  const { tensor, version } = saved;
  if (tensor._storage.version !== version) {
    throw new TorchError(
      name,
      "one of the variables needed for gradient computation has been modified by an inplace operation: " +
        `[${tensor.dtype} [${tensor.shape.join(", ")}]] is at version ${tensor._storage.version}; ` +
        `expected version ${version} instead. Clone the tensor before the in-place op, or use the op that returns a new tensor`,
    );
  }
  return tensor;
}

/** The root of a leaf: the engine sums gradients into `variable.grad`. */
export class AccumulateGrad extends Node {
  readonly name = "AccumulateGrad";

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
