/**
 * PyTorch's CPU generator: the Mersenne Twister MT19937, one cached normal number, and the seed.
 *
 * The state is one block of memory, so that native code can draw from the same stream:
 *
 *     bytes 0..2495  624 x u32  the words of the twister
 *     2496           i32        left: words until the next twist
 *     2500           i32        seeded: 1
 *     2504           u32        next: index of the next word
 *     2508           i32        1 if a normal number is cached
 *     2512           f64        the cached normal number, 0 if there is none
 *     2520           u64        the seed
 *     2528..2559                zero
 *
 * Source  ATen/core/MT19937RNGEngine.h, ATen/CPUGeneratorImpl.cpp; Matsumoto & Nishimura (1998).
 */

export const STATE_BYTES = 2560;

/** What a generator of PyTorch is seeded with when nobody seeds it. */
export const DEFAULT_SEED = 67280421310721n;

const N = 624;
const M = 397;
const RNG_STATE_BYTES = 5056;

/** Views into the block, see above. `counters` holds left, seeded, next and the flag of the cached normal number. */
export interface GeneratorState {
  readonly words: Uint32Array;
  readonly counters: Int32Array;
  readonly cachedNormal: Float64Array;
  readonly seed: BigUint64Array;
}

const LEFT = 0;
const SEEDED = 1;
const NEXT = 2;
const HAS_CACHED_NORMAL = 3;

/**
 * A generator over `buffer` (new memory if absent) at `byteOffset`, a multiple of 8. Memory that holds a seeded
 * generator keeps it; other memory is seeded with DEFAULT_SEED.
 */
export function createState(buffer: ArrayBufferLike = new ArrayBuffer(STATE_BYTES), byteOffset = 0): GeneratorState {
  const state: GeneratorState = {
    words: new Uint32Array(buffer, byteOffset, N),
    counters: new Int32Array(buffer, byteOffset + 2496, 4),
    cachedNormal: new Float64Array(buffer, byteOffset + 2512, 1),
    seed: new BigUint64Array(buffer, byteOffset + 2520, 1),
  };
  if (state.counters[SEEDED] !== 1) seed(state, DEFAULT_SEED);
  return state;
}

/**
 * Starts the stream of `value`. A negative seed s is s + 2^64; only the low 32 bits choose the stream.
 *
 * Throws  RangeError if `value` is no integer in [−2^63, 2^64).
 */
export function seed(state: GeneratorState, value: number | bigint): void {
  const whole = typeof value === "bigint" || Number.isInteger(value) ? BigInt(value) : null;
  if (whole === null || whole < -(2n ** 63n) || whole >= 2n ** 64n) {
    throw new RangeError(`manual_seed: the seed must be an integer in [-2^63, 2^64); got ${value}`);
  }
  const { words } = state;
  state.seed[0] = whole; // wraps modulo 2^64
  words[0] = Number(state.seed[0]! & 0xffffffffn);
  for (let j = 1; j < N; j++) {
    const previous = words[j - 1]! ^ (words[j - 1]! >>> 30);
    words[j] = Math.imul(1812433253, previous) + j;
  }
  state.counters[LEFT] = 1;
  state.counters[SEEDED] = 1;
  state.counters[NEXT] = 0;
  setCachedNormal(state, null);
}

/** The next 32 random bits, as a number in [0, 2^32). */
export function random32(state: GeneratorState): number {
  const { words, counters } = state;
  if (--counters[LEFT]! === 0) {
    twist(words);
    counters[LEFT] = N;
    counters[NEXT] = 0;
  }
  let y = words[counters[NEXT]!++]!;
  y ^= y >>> 11;
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  y ^= y >>> 18;
  return y >>> 0;
}

/** Replaces all words by the next 624: word i by word i + M, mixed with the top bit of i and the rest of i + 1. */
function twist(words: Uint32Array): void {
  for (let i = 0; i < N; i++) {
    const mixed = (words[i]! & 0x80000000) | (words[(i + 1) % N]! & 0x7fffffff);
    words[i] = words[(i + M) % N]! ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
  }
}

/** The next 64 random bits: the first draw is the upper half. */
export function random64(state: GeneratorState): bigint {
  const high = random32(state);
  const low = random32(state);
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Uniform in [0, 1), a multiple of 2^−24: one draw. float32 values start here. */
export function uniform24(state: GeneratorState): number {
  return (random32(state) & 0xffffff) / 2 ** 24;
}

/** Uniform in [0, 1), a multiple of 2^−53: two draws, the low 53 of their 64 bits. */
export function uniform53(state: GeneratorState): number {
  const high = random32(state) & 0x1fffff;
  return (high * 2 ** 32 + random32(state)) / 2 ** 53;
}

/** Takes the cached normal number out of the state; null if there is none. */
export function takeCachedNormal(state: GeneratorState): number | null {
  if (state.counters[HAS_CACHED_NORMAL] !== 1) return null;
  const value = state.cachedNormal[0]!;
  setCachedNormal(state, null);
  return value;
}

export function setCachedNormal(state: GeneratorState, value: number | null): void {
  state.counters[HAS_CACHED_NORMAL] = value === null ? 0 : 1;
  state.cachedNormal[0] = value ?? 0;
}

/**
 * The state as `torch.get_rng_state()` gives it: u64 seed, i32 left, i32 seeded, u64 next, 624 x u64 words, f64 0,
 * f64 cached normal, f64 0, i32 whether it is valid, 16 bytes 0 (a cached float32 normal, which the CPU never has).
 */
export function getRngState(state: GeneratorState): Uint8Array {
  const bytes = new Uint8Array(RNG_STATE_BYTES);
  const view = new DataView(bytes.buffer);
  const { words, counters } = state;
  view.setBigUint64(0, state.seed[0]!, true);
  view.setInt32(8, counters[LEFT]!, true);
  view.setInt32(12, counters[SEEDED]!, true);
  view.setUint32(16, counters[NEXT]!, true);
  words.forEach((word, i) => view.setUint32(24 + 8 * i, word, true));
  view.setFloat64(5024, state.cachedNormal[0]!, true);
  view.setInt32(5040, counters[HAS_CACHED_NORMAL]!, true);
  return bytes;
}

/**
 * Puts back what getRngState gave.
 *
 * Throws  RangeError if there are not 5056 bytes, or if they do not describe a generator.
 */
export function setRngState(state: GeneratorState, bytes: Uint8Array): void {
  if (bytes.length !== RNG_STATE_BYTES) {
    throw new RangeError(`set_rng_state: a state has ${RNG_STATE_BYTES} bytes; got ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const left = view.getInt32(8, true);
  const seeded = view.getInt32(12, true);
  const next = view.getBigUint64(16, true);
  if (seeded !== 1 || left < 1 || left > N || next > BigInt(N + 1 - left)) {
    throw new RangeError(
      `set_rng_state: not a state of mt19937: needs 1 <= left <= ${N}, left + next <= ${N + 1}, seeded 1; ` +
        `got left ${left}, next ${next}, seeded ${seeded}`,
    );
  }
  state.seed[0] = view.getBigUint64(0, true);
  state.counters[LEFT] = left;
  state.counters[SEEDED] = 1;
  state.counters[NEXT] = Number(next);
  for (let i = 0; i < N; i++) state.words[i] = view.getUint32(24 + 8 * i, true);
  setCachedNormal(state, view.getInt32(5040, true) !== 0 ? view.getFloat64(5024, true) : null);
}
