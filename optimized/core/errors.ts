/**
 * Errors say which op, which rule broke, what the caller passed and the way out:
 *
 *     <op>: <rule, with the numbers>; got <every shape, as the caller passed it>. <What to do, if we know.>
 *
 * `kind` is the name of the Python exception that PyTorch raises in the same place.
 */
export type ErrorKind =
  | "RuntimeError"
  | "IndexError"
  | "ValueError"
  | "TypeError"
  | "KeyError"
  | "AttributeError"
  | "AssertionError"
  | "NotImplementedError"
  | "StopIteration"
  | "MemoryError"
  | "OSError"
  | "UnpicklingError"
  | "GradcheckError";

export class TorchError extends Error {
  readonly kind: ErrorKind = "RuntimeError";
  override readonly name: string = "TorchError";

  constructor(
    readonly op: string,
    rule: string,
  ) {
    super(op === "" ? rule : `${op}: ${rule}`);
  }
}

export type Shapes = Readonly<Record<string, readonly number[]>>;

export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

function withShapes(rule: string, shapes: Shapes | undefined, fix: string | undefined): string {
  const names = Object.keys(shapes ?? {});
  const got = names.length === 0 ? "" : `; got ${names.map((n) => `${n} ${formatShape(shapes![n]!)}`).join(", ")}`;
  return `${rule}${got}${fix === undefined ? "" : `. ${fix}`}`;
}

/** Sizes that do not fit together. */
export class ShapeError extends TorchError {
  override readonly name = "ShapeError";

  constructor(op: string, rule: string, shapes?: Shapes, fix?: string) {
    super(op, withShapes(rule, shapes, fix));
  }
}

/** An element type that the op does not take, or that does not fit the other arguments. */
export class DtypeError extends TorchError {
  override readonly name = "DtypeError";
}

/** A dim or an index out of range. */
export class TorchIndexError extends TorchError {
  override readonly name = "IndexError";
  override readonly kind = "IndexError";

  constructor(op: string, rule: string, shapes?: Shapes, fix?: string) {
    super(op, withShapes(rule, shapes, fix));
  }
}

/** An argument of the right type with a value that makes no sense. */
export class ValueError extends TorchError {
  override readonly name = "ValueError";
  override readonly kind = "ValueError";
}

/** An argument of the wrong type, or an option that does not exist. */
export class TorchTypeError extends TorchError {
  override readonly name = "TypeError";
  override readonly kind = "TypeError";
}

export class KeyError extends TorchError {
  override readonly name = "KeyError";
  override readonly kind = "KeyError";
}

export class AttributeError extends TorchError {
  override readonly name = "AttributeError";
  override readonly kind = "AttributeError";
}

/** A rule between arguments that PyTorch checks by `assert`. */
export class AssertionError extends TorchError {
  override readonly name = "AssertionError";
  override readonly kind = "AssertionError";
}

/** Something that PyTorch has and this library does not, or not for this dtype or device. */
export class NotImplementedError extends TorchError {
  override readonly name = "NotImplementedError";
  override readonly kind = "NotImplementedError";
}

/** No memory for a tensor; nothing was changed. */
export class OutOfMemoryError extends TorchError {
  override readonly name = "OutOfMemoryError";
}

const byKind: Partial<Record<string, new (op: string, rule: string) => TorchError>> = {
  IndexError: TorchIndexError,
  ValueError,
  TypeError: TorchTypeError,
  NotImplementedError,
  MemoryError: OutOfMemoryError,
};

/** The error for an exception that came out of native code. */
export function nativeError(kind: string, message: string): TorchError {
  const Class = message.startsWith("out of memory") ? OutOfMemoryError : (byKind[kind] ?? TorchError);
  return new Class("", message);
}
