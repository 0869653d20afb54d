import { type ArgumentsOf, signature } from "./arguments.js";
import { Module } from "./module.js";

const parallel = signature<
  [module: Module, device_ids?: readonly number[] | null, output_device?: number | null, dim?: number]
>()("DataParallel", 1, ["module", "device_ids", "output_device", "dim"]);

/**
 * The module itself. PyTorch shares a batch among GPUs; here one device does all the work, as there without a GPU, so
 * that programs and state dicts that have this class run and load.
 *
 * State   module.*
 * Source  torch.nn.DataParallel.
 */
export class DataParallel<M extends Module = Module> extends Module {
  module: M;
  device_ids: readonly number[];

  constructor(...args: ArgumentsOf<typeof parallel>) {
    super();
    this.module = parallel(args).module as M;
    this.device_ids = [];
  }
  override forward(...args: Parameters<M["forward"]>): ReturnType<M["forward"]> {
    return this.module(...args);
  }
}
