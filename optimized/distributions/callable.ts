/** Objects that can be called, as Python's with `__call__`. */

/** A function object with `prototype` in place of that of functions; calling it is calling `body`. */
export function callable<T extends object, Args extends readonly unknown[], R>(
  prototype: object,
  body: (self: T, ...args: Args) => R,
): T {
  const self = ((...args: Args): R => body(self as unknown as T, ...args)) as { name?: string; length?: number };
  // `name` and `length` of functions would hide fields of these names.
  delete self.name;
  delete self.length;
  return Object.setPrototypeOf(self, prototype) as T;
}
