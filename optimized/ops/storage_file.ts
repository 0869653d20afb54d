import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { NotImplementedError, TorchError } from "../core/errors.js";

/** The first `nbytes` bytes of a file, copied: changes do not reach it. */
export function readBytes(filename: string, shared: boolean, nbytes: number): Uint8Array {
  if (shared) {
    throw new NotImplementedError(
      "from_file",
      "writing through to the file needs a mapping, which Node.js does not make. Read with shared = false, and write the file",
    );
  }
  const file = opened(filename);
  try {
    const bytes = new Uint8Array(nbytes);
    const { size } = fstatSync(file);
    if (size < nbytes || readSync(file, bytes, 0, nbytes, 0) < nbytes) {
      throw new TorchError("from_file", `file <${filename}> has ${size} bytes, less than the required ${nbytes}`);
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

function opened(filename: string): number {
  try {
    return openSync(filename, "r");
  } catch (error) {
    throw new TorchError(
      "from_file",
      `unable to open file <${filename}> in read-only mode: ${(error as Error).message}`,
    );
  }
}
