import {
  createState,
  type GeneratorState,
  getRngState,
  seed as seedState,
  setRngState,
  STATE_BYTES,
} from "../../reference/random/mt19937.js";
import { cpu, type Device, device as toDevice } from "../core/device.js";
import { uint8 } from "../core/dtype.js";
import { typedView } from "../core/elements.js";
import { NotImplementedError, TorchError, TorchTypeError } from "../core/errors.js";
import { addon } from "../core/native.js";
import { allocate } from "../core/storage.js";
import { contiguousTensor, Tensor } from "../core/tensor.js";

/**
 * A stream of random numbers: PyTorch's mt19937 (reference/random/mt19937.ts). The state is one block of memory that the
 * native kernels and the reference functions both draw from.
 *
 * Source  torch.Generator.
 */
export class Generator {
  readonly device: Device;
  /** @internal */ readonly _state: GeneratorState;
  /** @internal Where the state is, for native kernels; 0 without native code. */ readonly _address: number;

  constructor(options: string | Device | { device?: string | Device } = {}) {
    const wanted = typeof options === "object" && !("type" in options) ? (options.device ?? cpu) : options;
    this.device = toDevice(wanted as string | Device);
    if (this.device.type === "cuda") throw new NotImplementedError("Generator", "there is no generator for cuda yet");
    const memory = new ArrayBuffer(STATE_BYTES);
    this._state = createState(memory);
    this._address = addon === null ? 0 : addon.addressOf(memory);
  }

  /** Starts the stream of `seed`, an integer in [-2^63, 2^64); a negative one counts from 2^64 down. */
  manual_seed(seed: number | bigint): this {
    if (typeof seed !== "bigint" && !Number.isInteger(seed)) {
      throw new TorchTypeError("manual_seed", `expected an integer; got ${String(seed)}`);
    }
    const whole = BigInt(seed);
    if (whole < -(2n ** 63n) || whole >= 2n ** 64n) {
      throw new TorchError("manual_seed", `Overflow when unpacking long: expected -2^63 <= seed < 2^64; got ${seed}`);
    }
    seedState(this._state, whole);
    return this;
  }

  /** Seeds with 53 bits that nobody can foretell, and returns them. */
  seed(): number {
    const [bits] = crypto.getRandomValues(new BigUint64Array(1));
    const value = Number(BigInt.asUintN(53, bits!));
    seedState(this._state, value);
    return value;
  }

  /** The seed that the stream started with; a bigint beyond 2^53. */
  initial_seed(): number | bigint {
    const value = this._state.seed[0]!;
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  /** A copy of the state: 5056 bytes, as PyTorch writes them. */
  get_state(): Tensor {
    const bytes = getRngState(this._state);
    const out = contiguousTensor(allocate(cpu, bytes.length), [bytes.length], uint8);
    (typedView(out._storage, uint8, 0, bytes.length) as Uint8Array).set(bytes);
    return out;
  }

  /** Puts back what `get_state` gave; tensors of PyTorch's generator fit too. */
  set_state(new_state: Tensor): this {
    if (!(new_state instanceof Tensor) || new_state.dtype !== uint8 || new_state.device.type === "cuda") {
      throw new TorchTypeError("set_state", "RNG state must be a torch.ByteTensor");
    }
    if (!new_state._contiguous) throw new TorchError("set_state", "RNG state must be contiguous");
    const { _storage: storage, _offset: offset, _numel: numel } = new_state;
    try {
      setRngState(this._state, typedView(storage, uint8, offset, numel) as Uint8Array);
    } catch (error) {
      throw new TorchError("", (error as RangeError).message);
    }
    return this;
  }

  /** Another generator that will draw the same numbers. */
  clone_state(): Generator {
    return new Generator(this.device).set_state(this.get_state());
  }
}

/** The generator of every function that is not given one. Its first seed is the one of PyTorch. */
export const default_generator = new Generator();
