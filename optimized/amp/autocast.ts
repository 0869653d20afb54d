import { Guard, scope } from "../autograd/grad_mode.js";
import { type AutocastSetting, autocastState, type DeviceSetting } from "../core/autocast.js";
import { bfloat16, DType, float16 } from "../core/dtype.js";
import { TorchError, TorchTypeError } from "../core/errors.js";
import { checkOptions, describe, isOptions } from "../core/options.js";
import { isAvailable } from "../backends/cuda.js";

export type DeviceType = "cpu" | "cuda";

export interface AutocastOptions {
  /** What products are computed in: bfloat16 on the host, float16 on cuda, unless it is given. */
  dtype?: DType | null;
  enabled?: boolean;
  /** Whether weights are converted once per region. */
  cache_enabled?: boolean | null;
}

/** The orders of positional arguments: of torch.autocast, and of torch.cpu.amp.autocast and torch.cuda.amp.autocast. */
const ORDER = ["dtype", "enabled", "cache_enabled"] as const;
const ORDER_OF_DEVICE = ["enabled", "dtype", "cache_enabled"] as const;
type Order = typeof ORDER | typeof ORDER_OF_DEVICE;
const LOW = [bfloat16, float16];

function checkDevice(op: string, device_type: unknown): DeviceType {
  if (device_type === "cpu" || device_type === "cuda") return device_type;
  throw new TorchError(op, `User specified autocast device_type must be 'cuda' or 'cpu'; got ${describe(device_type)}`);
}

/** What the options ask for on this device; what is impossible warns and is off. */
function wanted(device_type: DeviceType, { dtype, enabled = true }: AutocastOptions): DeviceSetting {
  const target = dtype ?? autocastState.setting[device_type].dtype;
  if (enabled && device_type === "cuda" && !isAvailable()) {
    process.emitWarning("User provided device_type of 'cuda', but CUDA is not available. Disabling");
    return { enabled: false, dtype: target };
  }
  if (!LOW.includes(target)) {
    process.emitWarning(
      `In ${device_type} autocast, but the target dtype ${target} is not supported. Disabling autocast. ` +
        "Autocast supports torch.bfloat16 and torch.float16.",
    );
    return { enabled: false, dtype: target };
  }
  return { enabled, dtype: target };
}

function enter(device_type: DeviceType, options: AutocastOptions): Guard {
  const { setting: before, on } = autocastState;
  autocastState.setting = {
    ...before,
    [device_type]: wanted(device_type, options),
    cacheEnabled: options.cache_enabled ?? before.cacheEnabled,
  };
  autocastState.nesting++;
  return new Guard(() => {
    if (--autocastState.nesting === 0) autocastState.cache.clear();
    autocastState.setting = before;
    autocastState.on = on;
  });
}

type Rest<T> = readonly (DType | boolean | AutocastOptions | (() => T) | null | undefined)[];

/** Positional arguments in PyTorch's order, or an object; the function to run comes last. */
function readOptions<T>(order: Order, rest: Rest<T>): [AutocastOptions, (() => T) | undefined] {
  const op = "autocast";
  const last = rest.at(-1);
  const f = typeof last === "function" ? (last as () => T) : undefined;
  const given = f === undefined ? [...rest] : rest.slice(0, -1);
  const named = given.at(-1);
  const options: Record<string, unknown> = {};
  if (isOptions(named)) {
    checkOptions(op, named, order);
    Object.assign(options, named);
    given.pop();
  }
  given.forEach((value, i) => {
    if (i >= order.length) throw new TorchTypeError(op, `takes at most ${order.length} options; got ${given.length}`);
    if (value !== undefined) options[order[i]!] = value;
  });
  const { dtype, enabled } = options as AutocastOptions;
  if (dtype != null && !(dtype instanceof DType)) {
    throw new TorchTypeError(op, `dtype must be a torch.dtype; got ${describe(dtype)}`);
  }
  if (enabled !== undefined && typeof enabled !== "boolean") {
    throw new TorchTypeError(op, `enabled must be a boolean; got ${describe(enabled)}`);
  }
  return [options as AutocastOptions, f];
}

/**
 * Products of matrices and convolutions inside run in 16 bits, ops that would lose too much in float32, the rest in what
 * they are given (the lists are PyTorch's for the host). Weights stay in float32 and get float32 gradients.
 *
 *     const loss = torch.autocast("cpu", () => loss_fn(model(x), y));
 *     using region = torch.autocast("cpu", { dtype: torch.bfloat16, enabled: use_amp });
 *
 * Arguments: device_type, dtype, enabled, cache_enabled, in this order or named in an object, then the function. Regions nest;
 * an inner one may turn autocast off. backward belongs outside: it uses the dtypes of the forward pass anyway. On the host
 * float16 is accepted too, as in later versions of PyTorch.
 *
 * Source: torch.autocast.
 */
export function autocast(
  device_type: DeviceType,
  ...rest: readonly (DType | boolean | AutocastOptions | null | undefined)[]
): Guard;
export function autocast<T>(device_type: DeviceType, f: () => T): T;
export function autocast<T>(device_type: DeviceType, options: AutocastOptions | DType, f: () => T): T;
export function autocast<T>(device_type: DeviceType, ...rest: Rest<T>): T | Guard {
  const device = checkDevice("autocast", device_type);
  const [options, f] = readOptions(ORDER, rest);
  return scope("autocast", enter(device, options), f);
}

/** A function that does what `func` does inside such a region. Source: torch.amp.autocast_mode.autocast_decorator. */
export function autocast_decorator<Args extends readonly unknown[], R>(
  region: AutocastOptions & { device_type: DeviceType },
  func: (...args: Args) => R,
): (...args: Args) => R {
  const { device_type, ...options } = region;
  const device = checkDevice("autocast_decorator", device_type);
  return (...args) => scope("autocast", enter(device, options), () => func(...args)) as R;
}

export interface DeviceAutocast {
  (...options: readonly (boolean | DType | AutocastOptions)[]): Guard;
  <T>(f: () => T): T;
  <T>(options: AutocastOptions | boolean, f: () => T): T;
}

/** `autocast` of one device, with PyTorch's order of arguments there: enabled, dtype, cache_enabled. */
export function autocastOn(device_type: DeviceType): DeviceAutocast {
  return (<T>(...rest: Rest<T>) => {
    const [options, f] = readOptions(ORDER_OF_DEVICE, rest);
    return scope("autocast", enter(device_type, options), f);
  }) as DeviceAutocast;
}

/** Runs `f` with autocast as it was when this was made: for computing something again later. */
export function captureAutocast(): <T>(f: () => T) => T {
  const captured: AutocastSetting = autocastState.setting;
  return (f) => {
    const { setting: before, on } = autocastState;
    autocastState.setting = captured;
    autocastState.nesting++;
    try {
      return f();
    } finally {
      if (--autocastState.nesting === 0) autocastState.cache.clear();
      autocastState.setting = before;
      autocastState.on = on;
    }
  };
}
