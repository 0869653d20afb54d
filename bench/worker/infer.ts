import torch, { nn, type Tensor } from "../../optimized/index.js";
import { randint, randn } from "./inputs.js";
import { GPT, type GptSizes, mlp, ResNet18 } from "./models.js";
import type { Call, Table } from "./workload.js";

function inference(model: nn.Module, x: Tensor): Call {
  model.eval();
  return () => torch.no_grad(() => model(x));
}

interface Transformer {
  b: number;
  seq: number;
  d: number;
  heads: number;
  ffn: number;
  layers: number;
}

/** Trained models at work: eval mode, no gradients. */
export const infer: Table = {
  "infer.resnet18": ({ b }: { b: number }) => inference(new ResNet18(1000, 224), randn(b, 3, 224, 224)),
  "infer.resnet18_frozen": ({ b }: { b: number }) => {
    const [model, x] = [new ResNet18(1000, 224), randn(b, 3, 224, 224)];
    return inference(torch.jit.optimize_for_inference(model, x), x);
  },
  "infer.transformer": ({ b, seq, d, heads, ffn, layers }: Transformer) => {
    const layer = new nn.TransformerEncoderLayer(d, heads, { dim_feedforward: ffn, batch_first: true });
    return inference(new nn.TransformerEncoder(layer, layers), randn(b, seq, d));
  },
  "infer.lstm": ({ b, seq, d, h, layers }: { b: number; seq: number; d: number; h: number; layers: number }) =>
    inference(new nn.LSTM(d, h, { num_layers: layers, batch_first: true }), randn(b, seq, d)),
  "infer.mlp": ({ b }: { b: number }) => inference(mlp(), randn(b, 784)),
  "infer.gpt": (p: GptSizes & { b: number }) => inference(new GPT(p), randint(p.vocab, p.b, p.seq)),
  "infer.linear": ({ b, n }: { b: number; n: number }) => inference(new nn.Linear(n, n), randn(b, n)),
};
