import { convolution } from "./conv.js";
import { data } from "./data.js";
import { eager } from "./eager.js";
import { index } from "./index.js";
import { infer } from "./infer.js";
import { matmul } from "./matmul.js";
import { optim } from "./optim.js";
import { pointwise } from "./pointwise.js";
import { reduce } from "./reduce.js";
import { train } from "./train.js";
import type { Table } from "./workload.js";

/** Every `op` of workloads.json that tstorch has. */
export const table: Table = {
  ...eager,
  ...pointwise,
  ...reduce,
  ...index,
  ...matmul,
  ...convolution,
  ...train,
  ...optim,
  ...infer,
  ...data,
};
