import { autocastState } from "../core/autocast.js";
import { beforeBackward } from "../core/collector.js";
import { TorchError } from "../core/errors.js";
import { gradMode } from "../core/grad_mode.js";
import { isSparse } from "../core/sparse_storage.js";
import { freshness, KeptStorage, type Storage } from "../core/storage.js";
import { sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { gradOps } from "./grad_ops.js";
import { AccumulateGrad, type Gradients, type Node, type PassState } from "./node.js";
import { observe, observedRun } from "./observe.js";

/** An end of the graph where a gradient enters. */
export interface Root {
  readonly node: Node;
  readonly output: number;
  readonly grad: Tensor;
}

/** A place whose gradient is asked for: `autograd.grad`, or `backward` with `inputs`. */
export interface Target {
  readonly node: Node;
  readonly output: number;
}

let passes = 0;

/** Whether the innermost pass adds to `.grad` of all leaves, as backward without `inputs` does. */
let accumulates = true;

/** Whether a backward inside the running pass finds its leaves' gradients wanted. Source: torch.autograd._is_checkpoint_valid. */
export function isCheckpointValid(): boolean {
  return accumulates;
}

/**
 * One walk over the graph from the roots. Nodes run when every edge into them has delivered, younger ones first, which
 * is PyTorch's order; nothing recurses, so the depth of the graph does not matter.
 */
class Pass {
  private readonly id = ++passes;
  /** Nodes whose gradients are complete, oldest first. */
  private readonly ready: Node[] = [];
  /** States of nodes that an enclosing pass (a backward inside a hook) is visiting too. */
  private readonly outer: [Node, PassState][] = [];
  private readonly captured: Map<Node, Map<number, Tensor | null>> | null;

  constructor(
    private readonly roots: readonly Root[],
    private readonly keepGraph: boolean,
    private readonly createGraph: boolean,
    targets: readonly Target[] | null,
  ) {
    this.captured = targets === null ? null : new Map();
    for (const { node, output } of targets ?? []) {
      if (!this.captured!.has(node)) this.captured!.set(node, new Map());
      this.captured!.get(node)!.set(output, null);
    }
  }

  run(): void {
    const enabled = gradMode.enabled;
    const fresh = freshness.on;
    const casting = autocastState.on;
    const outer = accumulates;
    accumulates = this.captured === null;
    autocastState.on = false; // gradients have the dtypes that the forward pass chose
    gradMode.enabled = this.createGraph;
    freshness.on = !this.createGraph;
    try {
      this.discover();
      for (const { node, output, grad } of this.roots) this.deliver(node, output, grad);
      for (const { node } of this.roots) {
        if (node.state?.waiting === 0 && !this.ready.includes(node)) this.enqueue(node);
      }
      for (let node = this.ready.pop(); node !== undefined; node = this.ready.pop()) this.visit(node);
    } finally {
      gradMode.enabled = enabled;
      freshness.on = fresh;
      autocastState.on = casting;
      accumulates = outer;
      for (const [node, state] of this.outer) node.state = state;
    }
  }

  gradOf({ node, output }: Target): Tensor | null {
    return this.captured!.get(node)!.get(output)!;
  }

  /** Counts the edges into every reachable node, and marks what leads to a target. */
  private discover(): void {
    const stack: Node[] = [];
    const order: Node[] = [];
    for (const { node } of this.roots) if (this.enter(node)) stack.push(node);
    while (stack.length > 0) {
      const node = stack.pop()!;
      order.push(node);
      for (const edge of node.edges) {
        if (edge === null) continue;
        if (this.enter(edge)) stack.push(edge);
        edge.state!.waiting++;
      }
    }
    if (this.captured === null) return;
    // Older nodes never lead to younger ones, so one sweep from the oldest settles who leads to a target.
    order.sort((a, b) => rank(a) - rank(b));
    for (const node of order) {
      node.state!.needed = this.captured.has(node) || node.edges.some((edge) => edge !== null && edge.state!.needed);
    }
  }

  private enter(node: Node): boolean {
    const state = node.state;
    if (state !== null && state.pass === this.id) return false;
    if (state !== null) this.outer.push([node, state]);
    node.state = { pass: this.id, waiting: 0, grads: new Array(node.outputs).fill(null), needed: true };
    return true;
  }

  /** Adds a gradient that arrives at an output of a node's forward op. */
  private deliver(node: Node, output: number, grad: Tensor): void {
    const { grads } = node.state!;
    const before = grads[output]!;
    if (before === null) {
      grads[output] = grad;
      grad._storage.pending++;
      return;
    }
    if (!this.createGraph && before._storage.pending === 1 && before._storage.fresh && sum(before, grad)) {
      this.releaseIfUnseen(grad._storage);
      return;
    }
    const total = gradOps.add(before, grad);
    before._storage.pending--;
    grads[output] = total;
    total._storage.pending++;
    this.releaseIfUnseen(before._storage);
    this.releaseIfUnseen(grad._storage);
  }

  /** Memory that nobody else can see is given back at once. */
  private releaseIfUnseen(storage: Storage): void {
    if (storage.pending === 0 && storage.fresh && !this.createGraph) storage.release();
  }

  private enqueue(node: Node): void {
    const { ready } = this;
    const age = ageOf(node);
    let at = ready.length;
    while (at > 0 && ageOf(ready[at - 1]!) > age) at--;
    if (at === ready.length) ready.push(node);
    else ready.splice(at, 0, node);
  }

  private visit(node: Node): void {
    const state = node.state!;
    const { grads } = state;
    this.hooks(node, grads);
    const targets = this.captured?.get(node);
    if (targets !== undefined) for (const output of targets.keys()) targets.set(output, claim(grads[output]!));
    if (node instanceof AccumulateGrad) {
      if (this.captured === null) this.accumulate(node, grads);
    } else if (state.needed && (this.captured === null || this.leadsOn(node))) {
      this.step(node, grads);
    }
    this.finish(node, grads);
  }

  private accumulate(node: AccumulateGrad, grads: readonly (Tensor | null)[]): void {
    const { variable, postAccumulate } = node;
    const incoming = node.preHooks === null ? grads : before(node, grads);
    if (observe.nodes === null) accumulate(variable, incoming[0] ?? null, this.createGraph);
    else accumulateObserved(node, incoming[0] ?? null, this.createGraph);
    if (node.postHooks !== null) after(node, [], incoming);
    if (postAccumulate === null) return;
    for (const hook of postAccumulate.values()) userCode(() => hook(variable));
  }

  private leadsOn(node: Node): boolean {
    return node.edges.some((edge) => edge !== null && edge.state!.needed);
  }

  /** Runs the node's backward and hands the results on. */
  private step(node: Node, grads: (Tensor | null)[]): void {
    if (grads.every((g) => g === null)) {
      for (const edge of node.edges) if (edge !== null) this.arrived(edge);
      return;
    }
    const incoming = node.preHooks === null ? grads : before(node, grads);
    const needs = node.edges.map((edge) => edge !== null && edge.state!.needed);
    let results = observe.nodes === null ? node.run(incoming, needs) : runObserved(node, incoming, needs);
    markEscaped(results);
    if (node.postHooks !== null) results = after(node, results, incoming);
    if (results.length < node.edges.length) {
      throw new TorchError(node.name, `backward returned ${results.length} gradients for ${node.edges.length} inputs`);
    }
    if (!this.keepGraph) node.release();
    for (const result of results) if (result !== null) result._storage.pending++;
    this.handOn(node, results);
    for (const result of results) {
      if (result === null) continue;
      result._storage.pending--;
      this.releaseIfUnseen(result._storage);
    }
  }

  private handOn(node: Node, results: Gradients): void {
    for (let i = 0; i < node.edges.length; i++) {
      const edge = node.edges[i]!;
      if (edge === null) continue;
      const result = results[i] ?? null;
      if (result !== null && edge.state!.needed) {
        const output = node.edgeOutputs[i]!;
        this.deliver(edge, output, fit(node.name, i, result, edge, output));
      }
      this.arrived(edge);
    }
  }

  private arrived(edge: Node): void {
    if (--edge.state!.waiting === 0) this.enqueue(edge);
  }

  /** Hooks of tensors see the complete gradient and may replace it. */
  private hooks(node: Node, grads: (Tensor | null)[]): void {
    if (node.tensorHooks !== null) {
      node.tensorHooks.forEach((hooks, output) => {
        for (const hook of hooks?.values() ?? []) {
          const grad = grads[output] ?? null;
          if (grad === null) return;
          const result = userCode(() => hook(claim(grad)!));
          if (result === null || result === undefined) continue;
          grad._storage.pending--;
          result._storage.pending++;
          grads[output] = claim(result);
        }
      });
    }
    node.retainers?.forEach((reference, output) => {
      const tensor = reference?.deref();
      const grad = grads[output] ?? null;
      if (tensor !== undefined && grad !== null) tensor._grad = claim(grad);
    });
  }

  /** The gradients of the node's outputs have been used. */
  private finish(node: Node, grads: readonly (Tensor | null)[]): void {
    for (const grad of grads) {
      if (grad === null) continue;
      grad._storage.pending--;
      this.releaseIfUnseen(grad._storage);
    }
    node.state = null;
  }
}

/** Gradients that view what the node had saved keep its memory alive, as any other tensor does. */
function markEscaped(results: Gradients): void {
  for (const result of results) {
    if (result?._storage instanceof KeptStorage) result._storage.escaped = true;
  }
}

// Apart from where they are called, which would otherwise make room for the closures each time.
function runObserved(node: Node, grads: (Tensor | null)[], needs: readonly boolean[]): Gradients {
  return observedRun(observe.nodes!, node, () => node.run(grads, needs));
}
function accumulateObserved(node: AccumulateGrad, grad: Tensor | null, createGraph: boolean): void {
  observedRun(observe.nodes!, node, () => {
    accumulate(node.variable, grad, createGraph);
    return [];
  });
}

/** The gradients that come in, as the prehooks of the node leave them. */
function before(node: Node, grads: readonly (Tensor | null)[]): (Tensor | null)[] {
  let incoming = [...grads];
  for (const hook of node.preHooks!.values()) incoming = [...(userCode(() => hook(incoming)) ?? incoming)];
  return incoming;
}

/** The gradients that go out, as the hooks of the node leave them. */
function after(node: Node, grads: Gradients, incoming: Gradients): Gradients {
  let results = grads;
  for (const hook of node.postHooks!.values()) results = userCode(() => hook(results, incoming)) ?? results;
  return results;
}

/** The order of work: accumulation first, then the younger nodes. */
function ageOf(node: Node): number {
  return node instanceof AccumulateGrad ? Number.POSITIVE_INFINITY : node.sequence;
}

function rank(node: Node): number {
  return node instanceof AccumulateGrad ? -1 : node.sequence;
}

/** Runs a hook or a custom backward: what it allocates may be kept by it. */
export function userCode<T>(f: () => T): T {
  const fresh = freshness.on;
  freshness.on = false;
  try {
    return f();
  } finally {
    freshness.on = fresh;
  }
}

/** Marks a gradient that somebody outside the engine may hold: its memory is not reused. */
function claim(grad: Tensor | null): Tensor | null {
  if (grad !== null) grad._storage.fresh = false;
  return grad;
}

/** a += b where that gives the sum's own shape and dtype. */
function sum(a: Tensor, b: Tensor): boolean {
  if (a.dtype !== b.dtype || !a._contiguous || isSparse(a) || !sameShape(a.shape, b.shape)) return false;
  gradOps.addInto(a, b);
  return true;
}

/** The gradient of input `index` as the receiving output wants it: summed over broadcast dims, in its dtype. */
function fit(name: string, index: number, grad: Tensor, edge: Node, output: number): Tensor {
  const shape = edge.shapeOf(output);
  let result = grad;
  if (!sameShape(grad.shape, shape)) {
    if (!expandable(shape, grad.shape)) {
      throw new TorchError(
        name,
        `returned an invalid gradient at index ${index} - got [${grad.shape.join(", ")}] but expected shape compatible with [${shape.join(", ")}]`,
      );
    }
    result = gradOps.sumToSize(grad, shape);
  }
  const dtype = edge.dtypeOf(output);
  return result.dtype === dtype ? result : gradOps.to(result, dtype);
}

function expandable(from: readonly number[], to: readonly number[]): boolean {
  if (from.length > to.length) return false;
  const lead = to.length - from.length;
  return from.every((size, d) => size === 1 || size === to[lead + d]);
}

function accumulate(variable: Tensor, grad: Tensor | null, createGraph: boolean): void {
  if (grad === null) return;
  const before = variable._grad;
  if (before !== null) {
    if (createGraph || (isSparse(before) && !isSparse(grad))) {
      variable._grad = gradOps.add(before, grad);
    } else if (isOwn(grad) && replacesZeros(before, grad)) {
      before._storage.swap(grad._storage);
      before._storage.version++;
    } else {
      gradOps.addInto(before, grad);
    }
    return;
  }
  if (createGraph) {
    variable._grad = grad._storage.fresh ? claim(grad) : gradOps.clone(grad);
    return;
  }
  // Memory of the engine becomes the gradient; anything else is copied.
  variable._grad = claim(isOwn(grad) ? detached(grad) : gradOps.clone(grad));
}

/** Whether a gradient has fresh memory that only the edge to the leaf holds. */
function isOwn(grad: Tensor): boolean {
  return grad._storage.fresh && grad._storage.pending === 1 && grad._contiguous && grad._offset === 0;
}

/**
 * Whether `before`, as zero_grad left it, may get the memory of `grad` instead of the sum: views of `before` see the
 * new values too, because they share the storage.
 */
function replacesZeros(before: Tensor, grad: Tensor): boolean {
  const { _storage: old } = before;
  return (
    old.isZero &&
    !isSparse(grad) &&
    old.nbytes === grad._storage.nbytes &&
    before._offset === 0 &&
    before._contiguous &&
    before.dtype === grad.dtype &&
    sameShape(before.shape, grad.shape)
  );
}

function detached(grad: Tensor): Tensor {
  grad._node = null;
  grad._base = null;
  return grad;
}

export function runBackward(roots: readonly Root[], keepGraph: boolean, createGraph: boolean): void {
  if (!keepGraph) beforeBackward();
  new Pass(roots, keepGraph, createGraph, null).run();
}

/** Gradients at `targets` (null where the roots do not depend on one); nothing is accumulated. */
export function collectGradients(
  roots: readonly Root[],
  targets: readonly Target[],
  keepGraph: boolean,
  createGraph: boolean,
): (Tensor | null)[] {
  if (!keepGraph) beforeBackward();
  const pass = new Pass(roots, keepGraph, createGraph, targets);
  pass.run();
  return targets.map((target) => pass.gradOf(target));
}
