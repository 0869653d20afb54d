import { TorchError } from "../core/errors.js";
import { describe } from "../core/options.js";
import { gradMode } from "../core/grad_mode.js";
import { Tensor } from "../core/tensor.js";
import { userCode } from "./engine.js";
import { gradOps } from "./grad_ops.js";
import { type Gradients, Node } from "./node.js";
import { Packed, type Saved, save, unpack } from "./saved.js";
import { needsGraph, requiresGrad } from "./apply.js";
import { BACKWARD_TWICE } from "./op.js";
import { gradientEdge, rebaseHistory } from "./views.js";

/** What `forward` and `backward` of a custom function share. Own fields may be added to it. */
export class FunctionContext {
  [key: string]: unknown;
  /** @internal */ _saved: (Saved | null)[] = [];
  /** @internal */ _dirty: readonly Tensor[] = [];
  /** @internal */ _nonDifferentiable: readonly Tensor[] = [];
  /** @internal */ _materialize = true;
  /** @internal */ _freed = false;
  /** @internal */ _toSave: readonly (Tensor | null)[] = [];
  /** For each input, whether its gradient is wanted. */
  needs_input_grad: readonly boolean[] = [];

  /** Tensors that backward reads through `saved_tensors`; call it once, in forward. */
  save_for_backward(...tensors: (Tensor | null)[]): void {
    this._toSave = tensors;
  }
  get saved_tensors(): (Tensor | null)[] {
    if (this._freed) throw new TorchError("saved_tensors", BACKWARD_TWICE);
    return this._saved.map((s) => (s === null ? null : unpack(s, "Function")));
  }
  /** Inputs that forward changed in place and returns. */
  mark_dirty(...tensors: Tensor[]): void {
    this._dirty = tensors;
  }
  mark_non_differentiable(...tensors: Tensor[]): void {
    this._nonDifferentiable = tensors;
  }
  /** Whether gradients of unused outputs arrive as zeros (default) or as null. */
  set_materialize_grads(value: boolean): void {
    this._materialize = value;
  }
}

type Results = Tensor | readonly (Tensor | null)[];

interface FunctionClass<Args extends readonly unknown[], R extends Results> {
  readonly name: string;
  forward(ctx: FunctionContext, ...args: Args): R;
  setup_context(ctx: FunctionContext, inputs: Args, output: R): void;
  backward(ctx: FunctionContext, ...grads: Tensor[]): Tensor | null | readonly (Tensor | null)[];
}

class FunctionNode extends Node {
  constructor(
    private readonly type: FunctionClass<readonly unknown[], Results>,
    private readonly ctx: FunctionContext,
    private readonly argumentOfEdge: readonly number[],
    private readonly argumentCount: number,
    outs: readonly Tensor[],
  ) {
    super(outs);
  }
  get name(): string {
    return `${this.type.name}Backward`;
  }
  override run(grads: (Tensor | null)[], needs: readonly boolean[]): Gradients {
    const { ctx } = this;
    const full = ctx._materialize
      ? grads.map((g, i) => g ?? gradOps.zeros(this.shapeOf(i), this.dtypeOf(i), this.deviceOf(i)))
      : grads;
    for (const g of full) if (g !== null) g._storage.fresh = false; // user code may keep it
    const returned = userCode(() => this.type.backward(ctx, ...(full as Tensor[])));
    for (const saved of ctx._saved) if (saved instanceof Packed) saved.forget();
    const results = Array.isArray(returned) ? returned : [returned as Tensor | null];
    const spare = results.slice(this.argumentCount);
    if (results.length < this.argumentCount || spare.some((r) => r !== null)) {
      throw new TorchError(
        this.name,
        `returned an incorrect number of gradients (expected ${this.argumentCount}, got ${results.length})`,
      );
    }
    for (const result of results) {
      if (result === null || result === undefined || result instanceof Tensor) continue;
      throw new TorchError(this.name, `backward must return Tensors or null; got ${describe(result)}`);
    }
    return this.argumentOfEdge.map((a, i) => (needs[i] ? (results[a] ?? null) : null));
  }
  override release(): void {
    this.ctx._saved = [];
    this.ctx._freed = this.ctx._toSave.length > 0;
  }
}

/**
 * A function with its own derivative. Subclass it with static `forward(ctx, ...args)` and `backward(ctx, ...grads)`,
 * which returns one gradient (or null) per argument of forward; call it by `apply`.
 *
 *     class Square extends autograd.Function {
 *       static forward(ctx, x) { ctx.save_for_backward(x); return x.mul(x); }
 *       static backward(ctx, grad) { return ctx.saved_tensors[0].mul(2).mul(grad); }
 *     }
 *     const y = Square.apply(x);
 *
 * A class with `static setup_context(ctx, inputs, output)` has a `forward(...args)` without ctx, as in later versions of
 * PyTorch. Source: torch.autograd.Function.
 */
// biome-ignore lint/complexity/noStaticOnlyClass: PyTorch's interface
export class Function {
  static forward(..._args: never[]): Results {
    throw new TorchError("Function", "You must implement the forward function for custom autograd.Function.");
  }
  static backward(_ctx: FunctionContext, ..._grads: Tensor[]): Tensor | null | readonly (Tensor | null)[] {
    throw new TorchError("Function", "You must implement the backward function for custom autograd.Function.");
  }

  /** Fills `ctx` after a `forward` that was not given one. */
  static setup_context(_ctx: FunctionContext, _inputs: never, _output: never): void {
    throw new TorchError("Function", "setup_context is not implemented.");
  }

  static apply<Args extends readonly unknown[], R extends Results>(
    this: { forward(ctx: FunctionContext, ...args: Args): R; readonly name: string },
    ...args: Args
  ): R;
  static apply<Args extends readonly unknown[], R extends Results>(
    this: {
      forward(...args: Args): R;
      setup_context(ctx: FunctionContext, inputs: Args, output: R): void;
      readonly name: string;
    },
    ...args: Args
  ): R;
  static apply<Args extends readonly unknown[], R extends Results>(this: { readonly name: string }, ...args: Args): R {
    // biome-ignore lint/complexity/noThisInStatic: `this` is the subclass
    return applyFunction(this as unknown as FunctionClass<Args, R>, args);
  }
}

function applyFunction<Args extends readonly unknown[], R extends Results>(
  type: FunctionClass<Args, R>,
  args: Args,
): R {
  const ctx = new FunctionContext();
  const tensors = args.map((a) => (a instanceof Tensor ? a : null));
  const graph = needsGraph(tensors);
  const edges = tensors.map((t) => (graph && t !== null ? gradientEdge(t) : null));
  ctx.needs_input_grad = tensors.map((t) => t !== null && requiresGrad(t));
  const enabled = gradMode.enabled;
  gradMode.enabled = false;
  let result: R;
  try {
    result = forwardOf(type, ctx, args);
  } finally {
    gradMode.enabled = enabled;
  }
  const outs = (Array.isArray(result) ? result : [result]) as (Tensor | null)[];
  if (!graph) return result;
  return connect(type, ctx, args, edges, outs, Array.isArray(result)) as R;
}

function forwardOf<Args extends readonly unknown[], R extends Results>(
  type: FunctionClass<Args, R>,
  ctx: FunctionContext,
  args: Args,
): R {
  if ((type.setup_context as unknown) === Function.setup_context) return type.forward(ctx, ...args);
  const result = (type.forward as unknown as (...args: Args) => R)(...args);
  type.setup_context(ctx, args, result);
  return result;
}

function connect<Args extends readonly unknown[], R extends Results>(
  type: FunctionClass<Args, R>,
  ctx: FunctionContext,
  args: Args,
  edges: readonly (Node | null)[],
  outs: readonly (Tensor | null)[],
  many: boolean,
): Results {
  // An input returned as it is would become its own history: it is returned as a view.
  const results = outs.map((out) =>
    out !== null && args.includes(out) && !ctx._dirty.includes(out)
      ? new Tensor(out._storage, out.shape, out._strides, out._offset, out.dtype)
      : out,
  );
  const metas = results.map(
    (out) => out ?? gradOps.zeros([], results.find((r) => r !== null)!.dtype, results.find((r) => r !== null)!.device),
  );
  const positions = args.map((_, i) => i);
  const node = new FunctionNode(type as never, ctx, positions, args.length, metas);
  node.edges = [...edges];
  node.edgeOutputs = args.map((a) => (a instanceof Tensor ? a._outputNr : 0));
  results.forEach((out, i) => {
    if (out === null || !(out.dtype.is_floating_point || out.dtype.is_complex)) return;
    if (ctx._nonDifferentiable.includes(outs[i]!)) return;
    if (ctx._dirty.includes(out)) {
      out._storage.version++;
      rebaseHistory(out, node, args.indexOf(out));
    } else {
      out._node = node;
      out._outputNr = i;
    }
  });
  ctx._saved = ctx._toSave.map((t) => {
    if (t === null) return null;
    const tensor = results[outs.indexOf(t)] ?? t;
    return save(tensor, gradientEdge(tensor), tensor._outputNr, tensor !== t || outs.includes(t));
  });
  return many ? (results as readonly (Tensor | null)[]) : results[0]!;
}

/** What `once_differentiable` puts behind a gradient: differentiating it throws. */
class DelayedError extends Node {
  readonly name = "DelayedError";

  override run(): Gradients {
    throw new TorchError(
      this.name,
      "trying to differentiate twice a function that was marked with @once_differentiable",
    );
  }
}

/**
 * Marks a backward that is computed without a graph: its gradients cannot be differentiated again, and trying to do so
 * throws. Source: torch.autograd.function.once_differentiable.
 */
export function once_differentiable<Grads extends Tensor[], R extends Tensor | null | readonly (Tensor | null)[]>(
  backward: (ctx: FunctionContext, ...grads: Grads) => R,
): (ctx: FunctionContext, ...grads: Grads) => R {
  return (ctx, ...grads) => {
    const { enabled } = gradMode;
    gradMode.enabled = false;
    try {
      const results = backward(ctx, ...grads);
      if (enabled && grads.some((g) => g instanceof Tensor && requiresGrad(g))) {
        const list = Array.isArray(results) ? (results as readonly (Tensor | null)[]) : [results as Tensor | null];
        const marked = list.map((g) => (g === null ? null : afterDelayedError(g, grads)));
        return (Array.isArray(results) ? marked : marked[0]) as R;
      }
      return results;
    } finally {
      gradMode.enabled = enabled;
    }
  };
}

function afterDelayedError(result: Tensor, grads: readonly Tensor[]): Tensor {
  const out = new Tensor(result._storage, result.shape, result._strides, result._offset, result.dtype);
  const node = new DelayedError([out]);
  const connected = grads.filter((g) => g instanceof Tensor && requiresGrad(g));
  node.edges = connected.map((g) => gradientEdge(g));
  node.edgeOutputs = connected.map((g) => g._outputNr);
  out._node = node;
  return out;
}
