import type { NdArray } from "../../reference/array.js";
import { type Block, block } from "../backends/block.js";
import { eachPart, storeNdArray, toNdArray } from "../backends/reference.js";
import type { Device } from "../core/device.js";
import type { DType } from "../core/dtype.js";
import { type ErrorKind, nativeError, NotImplementedError, TorchError } from "../core/errors.js";
import { gradMode } from "../core/grad_mode.js";
import { type Kernels, cpuKernels } from "../core/native.js";
import { allocate, freshness, KeptStorage } from "../core/storage.js";
import { Tensor } from "../core/tensor.js";
import { type Gradients, Node } from "./node.js";
import { observe } from "./observe.js";
import { letGo, Packed, type Saved, savedHooks, saveForOp, unpack } from "./saved.js";

export interface Meta {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Strides of the output; row-major if absent. They must be dense. */
  readonly strides?: readonly number[];
}

export type Inputs = readonly (Tensor | null)[];
type Arrays<Ins extends Inputs> = { readonly [K in keyof Ins]: NdArray | Exclude<Ins[K], Tensor> };
/** One function per input: the tuple's length is checked. */
type PerInput<Ins extends Inputs, Attrs> = {
  readonly [K in keyof Ins]: ((c: Context<Attrs>) => Tensor | null) | null;
};

/**
 * An op: declared once, as a value, so that ops can be listed. The function that users call checks and converts its
 * arguments and hands tensors and attributes to `apply`.
 */
export interface OpDef<Ins extends Inputs, Attrs> {
  readonly name: string;
  /** Shape and dtype of the output, or of each output; throws on bad input before memory is allocated. */
  readonly infer: (ins: Ins, attrs: Attrs) => Meta | readonly Meta[];
  /** The native kernel's name, and how its arguments are written (native/core/args.h); `outs` are in order. */
  readonly kernel: string;
  readonly write: (b: Block, outs: readonly Tensor[], ins: Ins, attrs: Attrs) => void;
  /** The same in pure TypeScript. */
  readonly reference: (ins: Arrays<Ins>, attrs: Attrs) => NdArray | readonly NdArray[];
  /**
   * For input i: what its gradient reads, as indices of inputs, or "out0", "out1" for outputs. Only that stays in
   * memory until backward, and only for inputs that need a gradient.
   */
  readonly saves: readonly (readonly Saves[])[] | "nothing";
  /** One function per input (null: no gradient), or one for all inputs, or the reason why there is none. */
  readonly backward: PerInput<Ins, Attrs> | ((c: Context<Attrs>) => Gradients) | { readonly notDifferentiable: string };
  /** Outputs without gradient, such as indices. */
  readonly nonDifferentiable?: readonly number[];
  /** Element i of the output depends on element i of the inputs only, so the output may be one of the inputs. */
  readonly elementwise?: boolean;
  /** Elements are moved or added: the reference works on the real and the imaginary parts of complex inputs one by one. */
  readonly byParts?: boolean;
  /** The kind of error for bad values that only the kernel sees, such as an index out of range; RuntimeError if absent. */
  readonly badValue?: ErrorKind;
}

export type Saves = number | "out0" | "out1" | "out2" | "out3";

/** An op with its types forgotten, for lists of all ops. */
export interface Op {
  readonly name: string;
  readonly kernel: string;
  readonly kind: "compute" | "view";
  readonly differentiable: boolean;
}

/** All ops, in the order of declaration: coverage tests, docs and benchmarks come from here. */
export const allOps: Op[] = [];

// The tuple types are checked where an op is declared; inside, tensors are tensors.
// biome-ignore lint/suspicious/noExplicitAny: the one place where types of ops are forgotten
export type AnyAttrs = any;
export type AnyInputs = readonly Tensor[];

export class ComputeOp<Ins extends Inputs, Attrs> implements Op {
  readonly kind = "compute";
  readonly gradName: string;
  /** @internal What is kept for backward, per set of inputs that need a gradient. */
  readonly plans = new Map<number, readonly Saves[]>();
  private readonly native: (() => void) | undefined;

  constructor(readonly def: OpDef<Ins, Attrs>) {
    this.gradName = `${camelCase(def.name)}Backward0`;
    this.native = cpuKernels[def.kernel];
    allOps.push(this);
  }
  get name(): string {
    return this.def.name;
  }
  get kernel(): string {
    return this.def.kernel;
  }
  get differentiable(): boolean {
    return typeof this.def.backward === "function" || Array.isArray(this.def.backward);
  }

  /** Fills `outs`. */
  run(device: Device, outs: readonly Tensor[], ins: Ins, attrs: Attrs): void {
    if (observe.op !== null) this.observed(device, outs, ins, attrs);
    else this.compute(device, outs, ins, attrs);
  }

  // Apart from `run`, which would otherwise make room for the closure in every call.
  private observed(device: Device, outs: readonly Tensor[], ins: Ins, attrs: Attrs): void {
    observe.op!(this.def.name, outs, ins, () => this.compute(device, outs, ins, attrs));
  }

  private compute(device: Device, outs: readonly Tensor[], ins: Ins, attrs: Attrs): void {
    if (device.type === "reference" || (device.type === "cpu" && cpuKernels === noKernels)) {
      const arrays = ins.map((x) => (x instanceof Tensor ? toNdArray(x) : x)) as unknown as Arrays<Ins>;
      const results = this.runReference(arrays, attrs);
      if (Array.isArray(results)) outs.forEach((out, i) => storeNdArray(results[i] as NdArray, out));
      else storeNdArray(results as NdArray, outs[0]!);
      return;
    }
    const kernel = device.type === "cpu" ? this.native : cudaKernels[this.def.kernel];
    if (kernel === undefined) throw new NotImplementedError(this.name, `there is no ${device.type} kernel yet`);
    this.def.write(block.begin(), outs, ins, attrs);
    kernel();
  }

  private runReference(arrays: Arrays<Ins>, attrs: Attrs): NdArray | readonly NdArray[] {
    const { reference, byParts = false, badValue = "RuntimeError" } = this.def;
    try {
      return byParts ? eachPart(arrays, (parts) => reference(parts, attrs)) : reference(arrays, attrs);
    } catch (error) {
      if (error instanceof RangeError) throw nativeError(badValue, error.message);
      throw error;
    }
  }
}

const noKernels = Object.keys(cpuKernels).length === 0 ? cpuKernels : null;
let cudaKernels: Kernels = {};

/** The CUDA backend puts its kernels here when it is loaded. */
export function registerCudaKernels(kernels: Kernels): void {
  cudaKernels = kernels;
}

export function camelCase(name: string): string {
  return name.replace(/(?:^|_)([a-z0-9])/g, (_, c: string) => c.toUpperCase());
}

export function defineOp<Ins extends Inputs, Attrs = undefined>(def: OpDef<Ins, Attrs>): ComputeOp<Ins, Attrs> {
  return new ComputeOp(def);
}

/** What a backward function reads. Reading what was not saved, or was changed in place, throws. */
export class Context<Attrs> {
  constructor(
    private readonly node: Node & {
      readonly attrs: Attrs;
      saved?(key: Saves): Tensor;
      savedOrNull?(key: Saves): Tensor | null;
    },
    /** Gradients of the outputs; null where an output was not used. */
    readonly grads: readonly (Tensor | null)[],
    private readonly needed: readonly boolean[],
  ) {}

  get attrs(): Attrs {
    return this.node.attrs;
  }
  /** The gradient of the only output that has one. */
  get grad(): Tensor {
    return this.grads[0]!;
  }
  /** Whether nobody but the engine holds the memory of the gradient, and nobody reads it after this node. */
  get ownsGrad(): boolean {
    const { fresh, pending } = this.grad._storage;
    return freshness.on && fresh && pending === 1 && this.node.postHooks === null;
  }
  needs(input: number): boolean {
    return this.needed[input] ?? false;
  }
  in(input: number): Tensor {
    return this.node.saved!(input);
  }
  /** An input that may be absent, such as a bias. */
  inOrNull(input: number): Tensor | null {
    return this.node.savedOrNull!(input);
  }
  out(output = 0): Tensor {
    return this.node.saved!(`out${output}` as Saves);
  }
  /**
   * Stands for an input in the graph, without its values, so that it need not be saved: for a gradient that is linear in
   * the incoming one and, as in PyTorch, has the input as a parent whose derivative is 0. Null unless a graph is recorded.
   */
  placeholder(input: number): Tensor | null {
    const edge = this.node.edges[input] ?? null;
    if (!gradMode.enabled || edge === null) return null;
    const output = this.node.edgeOutputs[input]!;
    const dtype = edge.dtypeOf(output);
    const shape = edge.shapeOf(output);
    const stand = new Tensor(
      allocate(edge.deviceOf(output), dtype.itemsize),
      shape,
      shape.map(() => 0),
      0,
      dtype,
    );
    stand._node = edge;
    stand._outputNr = output;
    return stand;
  }
  /** Shape of an input that needs a gradient; known without saving it. */
  shape(input: number): readonly number[] {
    return this.node.edges[input]!.shapeOf(this.node.edgeOutputs[input]!);
  }
}

/** The node of a ComputeOp. */
export class OpNode extends Node {
  private kept: (Saved | null)[] | null;
  /** Whether hooks were on when this node saved its tensors. */
  private readonly packed: boolean;
  private released = false;

  constructor(
    readonly op: ComputeOp<AnyInputs, AnyAttrs>,
    readonly attrs: AnyAttrs,
    private readonly keys: readonly Saves[],
    ins: AnyInputs,
    outs: readonly Tensor[],
    edges: (Node | null)[],
    edgeOutputs: number[],
  ) {
    super(outs);
    this.edges = edges;
    this.edgeOutputs = edgeOutputs;
    this.kept = keys.length === 0 ? null : this.keep(ins, outs);
    this.packed = this.kept !== null && savedHooks.current !== null;
  }
  private keep(ins: AnyInputs, outs: readonly Tensor[]): (Saved | null)[] {
    const { keys, edges, edgeOutputs } = this;
    const kept = new Array<Saved | null>(keys.length);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      if (typeof key === "number") {
        const x = ins[key] ?? null;
        kept[i] = x === null ? null : saveForOp(x, edges[key] ?? null, edgeOutputs[key]!, false);
      } else {
        const output = Number(key[3]);
        kept[i] = saveForOp(outs[output]!, this, output, true);
      }
    }
    return kept;
  }

  get name(): string {
    return this.op.gradName;
  }

  savedOrNull(key: Saves): Tensor | null {
    const at = this.keys.indexOf(key);
    if (at < 0) throw new TorchError(this.name, `backward reads ${key}, which the op does not list in 'saves'`);
    const saved = this.kept![at]!;
    if (saved === null) return null;
    const tensor = unpack(saved, this.name);
    // A graph of the gradient may keep the tensor in any of its nodes.
    if (gradMode.enabled && tensor._storage instanceof KeptStorage) tensor._storage.escaped = true;
    return tensor;
  }
  saved(key: Saves): Tensor {
    return this.savedOrNull(key)!;
  }

  override run(grads: (Tensor | null)[], needs: readonly boolean[]): Gradients {
    if (this.released) throw new TorchError(this.name, BACKWARD_TWICE);
    if (!this.packed) return this.gradients(grads, needs);
    try {
      return this.gradients(grads, needs);
    } finally {
      this.forget();
    }
  }
  private gradients(grads: (Tensor | null)[], needs: readonly boolean[]): Gradients {
    const { backward } = this.op.def;
    const context = new Context<AnyAttrs>(this, grads, needs);
    if (typeof backward === "function") return backward(context);
    const functions = backward as PerInput<AnyInputs, AnyAttrs>;
    return needs.map((needed, i) => (needed ? (functions[i]?.(context) ?? null) : null));
  }
  private forget(): void {
    for (const saved of this.kept ?? []) if (saved instanceof Packed) saved.forget();
  }
  override release(): void {
    if (this.kept !== null) for (const saved of this.kept) if (saved !== null) letGo(saved);
    this.kept = null;
    if (this.keys.length > 0) this.released = true;
  }
}

export const BACKWARD_TWICE =
  "Trying to backward through the graph a second time (or directly access saved tensors after they have already been " +
  "freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify " +
  "retain_graph: true if you need to backward through the graph a second time";
