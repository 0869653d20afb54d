import torch from "../../optimized/index.js";
import { randint } from "./inputs.js";
import { type Table, Unsupported } from "./workload.js";

/** Batches of a data set in memory; one call is one epoch. */
export const data: Table = {
  "data.loader": ({ n, b, workers }: { n: number; b: number; workers: number }) => {
    if (workers > 0) throw new Unsupported("a DataLoader with worker processes");
    const { DataLoader, TensorDataset } = torch.utils.data;
    const images = torch.randint(0, 256, [n, 1, 28, 28], { dtype: torch.uint8 });
    const loader = new DataLoader(new TensorDataset(images, randint(10, n)), { batch_size: b, shuffle: true });
    return () => {
      let count = 0;
      for (const [x] of loader) count += x.shape[0]!;
      return count;
    };
  },
};
