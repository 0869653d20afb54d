/** How the elements of a tensor lie in memory; prints as `torch.strided`. Source: torch.layout. */
export class Layout {
  constructor(readonly name: "strided" | "sparse_coo" | "sparse_csr") {}

  toString(): string {
    return `torch.${this.name}`;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

export const strided = new Layout("strided");
/** Coordinates of elements, and their values: optimized/sparse. */
export const sparse_coo = new Layout("sparse_coo");
/** Rows of a matrix, compressed: optimized/sparse. */
export const sparse_csr = new Layout("sparse_csr");
