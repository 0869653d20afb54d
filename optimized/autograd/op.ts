import type { NdArray } from "../../reference/array.js";
import { type Block, block } from "../backends/block.js";
import { eachPart, storeNdArray, toNdArray } from "../backends/reference.js";
import type { Device } from "../core/device.js";
import { can_cast, type DType } from "../core/dtype.js";
import { type ErrorKind, nativeError, NotImplementedError, ShapeError, TorchError } from "../core/errors.js";
import { gradMode } from "../core/grad_mode.js";
import { type Kernels, cpuKernels } from "../core/native.js";
import { allocate } from "../core/storage.js";
import { contiguousStrides, isContiguous, isNonOverlappingAndDense, numelOf, sameShape } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { gradOps } from "./grad_ops.js";
import { type Gradients, Node, type Saved, unpack } from "./node.js";
import { gradientEdge, rebaseHistory } from "./views.js";

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
type AnyAttrs = any;
type AnyInputs = readonly Tensor[];

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
  private released = false;

  constructor(
    readonly op: ComputeOp<AnyInputs, AnyAttrs>,
    readonly attrs: AnyAttrs,
    private readonly keys: readonly Saves[],
    ins: AnyInputs,
    outs: readonly Tensor[],
  ) {
    super(outs);
    this.kept =
      keys.length === 0
        ? null
        : keys.map((key) => save(typeof key === "number" ? (ins[key] ?? null) : outs[Number(key[3])]!));
  }

  get name(): string {
    return this.op.gradName;
  }

  savedOrNull(key: Saves): Tensor | null {
    const at = this.keys.indexOf(key);
    if (at < 0) throw new TorchError(this.name, `backward reads ${key}, which the op does not list in 'saves'`);
    const saved = this.kept![at]!;
    return saved === null ? null : unpack(saved, this.name);
  }
  saved(key: Saves): Tensor {
    return this.savedOrNull(key)!;
  }

  override run(grads: (Tensor | null)[], needs: readonly boolean[]): Gradients {
    if (this.released) throw new TorchError(this.name, BACKWARD_TWICE);
    const { backward } = this.op.def;
    const context = new Context<AnyAttrs>(this, grads, needs);
    if (typeof backward === "function") return backward(context);
    const functions = backward as PerInput<AnyInputs, AnyAttrs>;
    return needs.map((needed, i) => (needed ? (functions[i]?.(context) ?? null) : null));
  }
  override release(): void {
    this.kept = null;
    if (this.keys.length > 0) this.released = true;
  }
}

export const BACKWARD_TWICE =
  "Trying to backward through the graph a second time (or directly access saved tensors after they have already been " +
  "freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify " +
  "retain_graph: true if you need to backward through the graph a second time";

function save(tensor: Tensor | null): Saved | null {
  return tensor === null ? null : { tensor, version: tensor._storage.version };
}

/** Whether the result of an op over `ins` takes part in the graph. */
export function needsGraph(ins: Inputs): boolean {
  if (!gradMode.enabled) return false;
  for (let i = 0; i < ins.length; i++) {
    const x = ins[i];
    if (x != null && (x._requiresGrad || x._node !== null || x._base !== null) && requiresGrad(x)) return true;
  }
  return false;
}

export function requiresGrad(t: Tensor): boolean {
  return t._requiresGrad || t._node !== null || (t._base !== null && gradientEdge(t) !== null);
}

/** What must be kept so that the gradients of the inputs in `mask` can be computed. */
function savesFor(def: OpDef<AnyInputs, AnyAttrs>, mask: number, count: number): readonly Saves[] {
  if (def.saves === "nothing") return NOTHING;
  const keys = new Set<Saves>();
  for (let i = 0; i < count; i++) if (mask & (1 << i)) for (const key of def.saves[i] ?? []) keys.add(key);
  return [...keys];
}
const NOTHING: readonly Saves[] = [];

/** `savesFor`, remembered per op. */
function planFor(op: ComputeOp<AnyInputs, AnyAttrs>, mask: number, count: number): readonly Saves[] {
  if (op.def.saves === "nothing") return NOTHING;
  const known = op.plans.get(mask);
  if (known !== undefined) return known;
  const plan = savesFor(op.def, mask, count);
  op.plans.set(mask, plan);
  return plan;
}

/** The node of an op over `ins`, with its edges. `values` are the inputs as backward will read them. */
function record(
  op: ComputeOp<AnyInputs, AnyAttrs>,
  outs: readonly Tensor[],
  ins: AnyInputs,
  attrs: AnyAttrs,
  values = ins,
): OpNode {
  const { backward } = op.def;
  if (typeof backward === "object" && "notDifferentiable" in backward) {
    throw new NotImplementedError(op.name, `has no derivative: ${backward.notDifferentiable}`);
  }
  let mask = 0;
  const edges: (Node | null)[] = new Array(ins.length);
  const edgeOutputs: number[] = new Array(ins.length);
  for (let i = 0; i < ins.length; i++) {
    const x = ins[i] ?? null;
    const edge = x === null ? null : gradientEdge(x);
    edges[i] = edge;
    edgeOutputs[i] = x === null ? 0 : x._outputNr;
    if (edge !== null) mask |= 1 << i;
  }
  const node = new OpNode(op, attrs, planFor(op, mask, ins.length), values, outs);
  node.edges = edges;
  node.edgeOutputs = edgeOutputs;
  return node;
}

function attach(op: ComputeOp<AnyInputs, AnyAttrs>, outs: readonly Tensor[], node: OpNode): void {
  for (let i = 0; i < outs.length; i++) {
    const out = outs[i]!;
    if (!(out.dtype.is_floating_point || out.dtype.is_complex)) continue;
    if (op.def.nonDifferentiable?.includes(i)) continue;
    out._node = node;
    out._outputNr = i;
  }
}

function emptyFor(meta: Meta, device: Device): Tensor {
  const { shape, dtype, strides } = meta;
  const n = numelOf(shape);
  const storage = allocate(device, n * dtype.itemsize);
  return strides === undefined
    ? new Tensor(storage, shape, contiguousStrides(shape), 0, dtype, n, true)
    : new Tensor(storage, shape, strides, 0, dtype, n);
}

/** The device all inputs are on. */
function commonDevice(op: string, ins: Inputs): Device {
  let device: Device | null = null;
  for (let i = 0; i < ins.length; i++) {
    const x = ins[i];
    if (x == null) continue;
    if (device === null) device = x._storage.device;
    else if (x._storage.device !== device) {
      throw new TorchError(op, `expected all tensors on the same device; got ${device} and ${x._storage.device}`);
    }
  }
  return device!;
}

/** Runs an op with one output and records it. */
export function apply<Ins extends Inputs, Attrs>(
  op: ComputeOp<Ins, Attrs>,
  ins: NoInfer<Ins>,
  attrs: NoInfer<Attrs>,
): Tensor {
  const meta = op.def.infer(ins, attrs) as Meta;
  const device = commonDevice(op.name, ins);
  const out = emptyFor(meta, device);
  const outs = [out];
  op.run(device, outs, ins, attrs);
  if (needsGraph(ins) && op.differentiable) {
    const any = op as unknown as ComputeOp<AnyInputs, AnyAttrs>;
    attach(any, outs, record(any, outs, ins as unknown as AnyInputs, attrs));
  }
  return out;
}

/** Runs an op with several outputs and records it. */
export function applyMulti<Ins extends Inputs, Attrs>(
  op: ComputeOp<Ins, Attrs>,
  ins: NoInfer<Ins>,
  attrs: NoInfer<Attrs>,
): Tensor[] {
  const metas = op.def.infer(ins, attrs) as readonly Meta[];
  const device = commonDevice(op.name, ins);
  const outs = metas.map((meta) => emptyFor(meta, device));
  op.run(device, outs, ins, attrs);
  if (needsGraph(ins) && op.differentiable) {
    const any = op as unknown as ComputeOp<AnyInputs, AnyAttrs>;
    attach(any, outs, record(any, outs, ins as unknown as AnyInputs, attrs));
  }
  return outs;
}

/** Runs an op without recording it, into `out` if its shape and dtype fit. */
function runInto<Ins extends Inputs, Attrs>(op: ComputeOp<Ins, Attrs>, out: Tensor, ins: Ins, attrs: Attrs): void {
  const meta = op.def.infer(ins, attrs) as Meta;
  if (!sameShape(meta.shape, out.shape)) {
    throw new ShapeError(op.name, `the result has shape [${meta.shape.join(", ")}]`, { output: out.shape });
  }
  if (!can_cast(meta.dtype, out.dtype)) {
    throw new TorchError(op.name, `result type ${meta.dtype} can't be cast to the desired output type ${out.dtype}`);
  }
  const device = commonDevice(op.name, ins);
  checkOverlap(op.name, out, ins);
  const aliased = ins.some((x) => x !== null && x._storage === out._storage);
  if (meta.dtype === out.dtype && (op.def.elementwise || (!aliased && out._contiguous))) {
    op.run(device, [out], ins, attrs);
    return;
  }
  const result = emptyFor({ shape: meta.shape, dtype: meta.dtype }, device);
  op.run(device, [result], ins, attrs);
  gradOps.copyInto(out, result);
}

/** PyTorch's rules for the memory of a tensor that is written to. */
export function checkOverlap(op: string, out: Tensor, ins: Inputs): void {
  if (out._numel > 0 && out._strides.some((stride, d) => stride === 0 && out.shape[d]! > 1)) {
    throw new TorchError(
      op,
      "unsupported operation: more than one element of the written-to tensor refers to a single memory location. " +
        "Please clone() the tensor before performing the operation",
    );
  }
  for (const x of ins) {
    if (x === null || x === out || x._storage !== out._storage || partlyDisjoint(x, out)) continue;
    throw new TorchError(
      op,
      "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory " +
        "location. Please clone() the tensor before performing the operation",
    );
  }
}

/** Whether two tensors over one storage are the same view, or share nothing, or are too hard to tell. */
function partlyDisjoint(x: Tensor, y: Tensor): boolean {
  if (!isNonOverlappingAndDense(x.shape, x._strides) || !isNonOverlappingAndDense(y.shape, y._strides)) return true;
  if (x._offset === y._offset && x._numel === y._numel) return x._strides.every((s, d) => s === y._strides[d]);
  return x._offset + x._numel <= y._offset || y._offset + y._numel <= x._offset;
}

/** Writes the result of an op to `out`, which is resized if it does not fit: the `out` option. */
export function applyOut<Ins extends Inputs, Attrs>(
  op: ComputeOp<Ins, Attrs>,
  out: Tensor,
  ins: NoInfer<Ins>,
  attrs: NoInfer<Attrs>,
): Tensor {
  if (needsGraph(ins) || (gradMode.enabled && requiresGrad(out))) {
    throw new TorchError(
      op.name,
      "functions with out=... arguments don't support automatic differentiation, but one of the arguments requires grad",
    );
  }
  const meta = op.def.infer(ins, attrs) as Meta;
  checkOverlap(op.name, out, []);
  if (!sameShape(meta.shape, out.shape)) gradOps.resize(out, meta.shape);
  runInto(op, out, ins, attrs);
  out._storage.version++;
  return out;
}

/** Runs an op whose result replaces `self`, one of `ins`, and rewrites the history of `self`. */
export function applyInplace<Ins extends Inputs, Attrs>(
  op: ComputeOp<Ins, Attrs>,
  self: Tensor,
  ins: NoInfer<Ins>,
  attrs: NoInfer<Attrs>,
): Tensor {
  checkInplace(`${op.name}_`, self);
  if (!needsGraph(ins) || !op.differentiable || !(self.dtype.is_floating_point || self.dtype.is_complex)) {
    runInto(op, self, ins, attrs);
    self._storage.version++;
    return self;
  }
  const any = op as unknown as ComputeOp<AnyInputs, AnyAttrs>;
  const inputs = ins as unknown as AnyInputs;
  const values = originals(any, self, inputs);
  runInto(op, self, ins, attrs);
  self._storage.version++;
  rebaseHistory(self, record(any, [self], inputs, attrs, values), inputs.indexOf(self));
  return self;
}

/** The inputs, with copies of those that backward reads and that are about to be overwritten. */
function originals(op: ComputeOp<AnyInputs, AnyAttrs>, self: Tensor, ins: AnyInputs): AnyInputs {
  let mask = 0;
  for (let i = 0; i < ins.length; i++) if (ins[i] != null && requiresGrad(ins[i]!)) mask |= 1 << i;
  const plan = planFor(op, mask, ins.length);
  return ins.map((x, i) => (x != null && x._storage === self._storage && plan.includes(i) ? gradOps.copyOf(x) : x));
}

/** Leaves that require grad may not change in place while gradients are recorded: their gradient would be lost. */
export function checkInplace(op: string, self: Tensor): void {
  if (!gradMode.enabled) return;
  if (self._requiresGrad && self._node === null) {
    throw new TorchError(
      op,
      "a leaf Variable that requires grad is being used in an in-place operation. Wrap the call in torch.no_grad()",
    );
  }
  const base = self._base;
  if (base?._requiresGrad === true && base._node === null) {
    throw new TorchError(
      op,
      "a view of a leaf Variable that requires grad is being used in an in-place operation. Wrap the call in torch.no_grad()",
    );
  }
}

/** A view op: the geometry of the result over the same memory, and the derivative. */
export interface ViewDef<Attrs> {
  readonly name: string;
  readonly view: (x: Tensor, attrs: Attrs) => Geometry;
  /** The gradient of the input. Nothing is saved: `c.shape(0)` is the input's shape. */
  readonly backward: (c: Context<Attrs>) => Tensor;
}

export interface Geometry {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly dtype?: DType;
}

export class ViewOp<Attrs> implements Op {
  readonly kind = "view";
  readonly kernel = "";
  readonly differentiable = true;
  readonly gradName: string;

  constructor(readonly def: ViewDef<Attrs>) {
    this.gradName = `${camelCase(def.name)}Backward0`;
    allOps.push(this);
  }
  get name(): string {
    return this.def.name;
  }
}

export function defineView<Attrs = undefined>(def: ViewDef<Attrs>): ViewOp<Attrs> {
  return new ViewOp(def);
}

class ViewNode extends Node {
  constructor(
    readonly op: ViewOp<AnyAttrs>,
    readonly attrs: AnyAttrs,
    out: Tensor,
  ) {
    super([out]);
  }
  get name(): string {
    return this.op.gradName;
  }
  override run(grads: (Tensor | null)[], needs: readonly boolean[]): Gradients {
    return [this.op.def.backward(new Context<AnyAttrs>(this, grads, needs))];
  }
}

/** A view of `x`: shares its memory and its version counter. */
export function applyView<Attrs>(op: ViewOp<Attrs>, x: Tensor, attrs: Attrs): Tensor {
  const { shape, strides, offset, dtype } = op.def.view(x, attrs);
  const out = new Tensor(x._storage, shape, strides, offset, dtype ?? x.dtype);
  out._base = x._base ?? x;
  out._epoch = out._base._epoch;
  if (gradMode.enabled && requiresGrad(x)) {
    const node = new ViewNode(op as ViewOp<AnyAttrs>, attrs, out);
    node.edges = [gradientEdge(x)];
    node.edgeOutputs = [x._outputNr];
    out._node = node;
  }
  return out;
}

/** Gives `x` itself the geometry of a view of it: `t_`, `squeeze_` and their like. */
export function applyViewInplace<Attrs>(op: ViewOp<Attrs>, x: Tensor, attrs: Attrs): Tensor {
  checkInplace(`${op.name}_`, x);
  const graph = gradMode.enabled && requiresGrad(x);
  const edge = graph ? gradientEdge(x) : null;
  const { shape, strides, offset } = op.def.view(x, attrs);
  setGeometry(x, shape, strides, offset);
  x._storage.version++;
  if (!graph) return x;
  const node = new ViewNode(op as ViewOp<AnyAttrs>, attrs, x);
  node.edges = [edge];
  node.edgeOutputs = [x._outputNr];
  x._node = node;
  x._outputNr = 0;
  return x;
}

/** Makes `x` look at other elements of its storage. */
export function setGeometry(x: Tensor, shape: readonly number[], strides: readonly number[], offset: number): void {
  x.shape = shape;
  x._strides = strides;
  x._offset = offset;
  x._numel = numelOf(shape);
  x._contiguous = isContiguous(shape, strides);
}
