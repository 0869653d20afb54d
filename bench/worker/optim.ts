import torch, { nn } from "../../optimized/index.js";
import { randn } from "./inputs.js";
import type { Table } from "./workload.js";

interface Tensors {
  tensors: number;
  n: number;
}

function parameters({ tensors, n }: Tensors, scale: number): nn.Parameter[] {
  return Array.from({ length: tensors }, () => {
    const theta = new nn.Parameter(randn(n));
    theta.grad = randn(n).mul(scale);
    return theta;
  });
}

interface Step extends Tensors {
  opt: "adam" | "adamw" | "sgdm";
  foreach: boolean;
}

function optimizer({ opt, foreach }: Step, params: nn.Parameter[]): { step(): unknown } {
  if (opt === "adam") return new torch.optim.Adam(params, { lr: 1e-3, foreach });
  if (opt === "adamw") return new torch.optim.AdamW(params, { lr: 1e-3, weight_decay: 0.01, foreach });
  return new torch.optim.SGD(params, { lr: 0.01, momentum: 0.9, foreach });
}

/** The update alone, over one large parameter or many. */
export const optim: Table = {
  "opt.step": (p: Step) => {
    const o = optimizer(p, parameters(p, 1e-3));
    return () => o.step();
  },
  "opt.clip": (p: Tensors) => {
    const params = parameters(p, 1);
    return () => nn.utils.clip_grad_norm_(params, 1.0);
  },
};
