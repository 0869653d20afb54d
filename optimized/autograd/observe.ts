import type { Tensor } from "../core/tensor.js";
import type { Gradients, Node } from "./node.js";

/** Runs `run` and looks at it: one op over `ins`. */
export type OpObserver = (name: string, outs: readonly Tensor[], ins: readonly unknown[], run: () => void) => void;
/** Runs `run` and looks at it: the backward of one node. */
export type NodeObserver = (node: Node, run: () => Gradients) => Gradients;

/**
 * Who watches the work: the profiler, anomaly detection. Everything is null while nobody does, so that ops and nodes pay
 * for one comparison.
 */
export const observe = {
  op: null as OpObserver | null,
  /** The outermost first. */
  nodes: null as readonly NodeObserver[] | null,
  /** Sees every node as it is made. */
  made: null as ((node: Node) => void) | null,
};

/** Adds an observer of nodes; the function that is returned takes it away. */
export function observeNodes(observer: NodeObserver): () => void {
  observe.nodes = [...(observe.nodes ?? []), observer];
  return () => {
    const left = observe.nodes!.filter((o) => o !== observer);
    observe.nodes = left.length === 0 ? null : left;
  };
}

/** The backward of a node, seen by all observers. */
export function observedRun(observers: readonly NodeObserver[], node: Node, run: () => Gradients): Gradients {
  let whole = run;
  for (const observer of observers.toReversed()) {
    const inner = whole;
    whole = () => observer(node, inner);
  }
  return whole();
}
