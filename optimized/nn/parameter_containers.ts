import { AttributeError, KeyError, TorchError, TorchIndexError, TorchTypeError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import { describe, isOptions } from "../ops/support.js";
import { isSlice, pairsOf, type SliceLike, sliceOf } from "./containers.js";
import { Module } from "./module.js";
import { deleteField, fieldOf } from "./module_state.js";
import { Parameter } from "./parameter.js";

/** Modules that hold parameters: as a list, by name. Tensors that are put in become parameters. */

function asParameter(value: Tensor): Parameter {
  if (value instanceof Parameter) return value;
  if (value instanceof Tensor) return new Parameter(value);
  throw new TorchTypeError("ParameterList", `expected a Parameter or a Tensor; got ${describe(value)}`);
}

/** What a container holds, by name. Inside functional_call that are tensors in place of its parameters. */
function* entriesIn(container: Module): Generator<[string, Parameter]> {
  for (const name of Object.keys(container)) {
    const value = fieldOf(container, name);
    if (value instanceof Tensor) yield [name, value as Parameter];
  }
}

/** A line per parameter: `(0): Parameter containing: [torch.float32 of size 2x3]`. */
function linesOf(module: Module, typeOf: (p: Parameter) => string): string {
  const line = ([name, p]: readonly [string, Parameter]) => {
    const gpu = p.device.type === "cuda" ? ` (GPU ${p.device.index ?? 0})` : "";
    return `  (${name}): Parameter containing: [${typeOf(p)} of size ${p.shape.join("x")}${gpu}]`;
  };
  return [...entriesIn(module)].map(line).join("\n");
}

/**
 * A list of parameters, fields named "0", "1", ..., so `list[0]` is the first.
 *
 * Source  torch.nn.ParameterList.
 */
export class ParameterList extends Module {
  [index: number]: Parameter;

  constructor(values: Iterable<Tensor> = []) {
    super();
    this.extend(values);
  }

  override get length(): number {
    return [...this].length;
  }
  *[Symbol.iterator](): Generator<Parameter> {
    for (const [, parameter] of entriesIn(this)) yield parameter;
  }
  /** The parameter at `index`, counted from the end if negative; a slice gives a list. */
  at(index: number): Parameter;
  at(index: SliceLike): ParameterList;
  at(index: number | SliceLike): Parameter | ParameterList {
    return isSlice(index) ? new ParameterList(sliceOf([...this], index)) : this[this.place(index)]!;
  }
  set(index: number, value: Tensor): void {
    this[this.place(index)] = asParameter(value);
  }
  append(value: Tensor): this {
    this[this.length] = asParameter(value);
    return this;
  }
  extend(values: Iterable<Tensor>): this {
    if (values instanceof Tensor || !(Symbol.iterator in Object(values))) {
      throw new TorchTypeError("extend", `should be called with an iterable, but got ${describe(values)}`);
    }
    for (const value of [...values]) this.append(value);
    return this;
  }

  private place(index: number): number {
    const { length } = this;
    if (index < -length || index >= length)
      throw new TorchIndexError("ParameterList", `index ${index} is out of range`);
    return index < 0 ? index + length : index;
  }
  override forward(): never {
    throw new TorchError("ParameterList", "should not be called.");
  }
  override extra_repr(): string {
    return linesOf(this, (p) => String(p.dtype));
  }
}

type ParameterEntries = Iterable<readonly [string, Tensor]> | ParameterDict | Readonly<Record<string, Tensor>>;

/**
 * Parameters by name. As in PyTorch an object is put in by the order of its names, a Map or pairs as they are.
 *
 * Source  torch.nn.ParameterDict.
 */
export class ParameterDict extends Module {
  constructor(parameters: ParameterEntries = []) {
    super();
    this.update(parameters);
  }

  override get length(): number {
    return [...entriesIn(this)].length;
  }
  /** The parameter of that name, or `fallback`. */
  get(name: string, fallback: Parameter | null = null): Parameter | null {
    return this.has(name) ? (fieldOf(this, name) as Parameter) : fallback;
  }
  set(name: string, value: Tensor): void {
    this.register_parameter(name, asParameter(value));
  }
  has(name: string): boolean {
    return Object.hasOwn(this, name) && fieldOf(this, name) instanceof Tensor;
  }
  setdefault(name: string, value: Tensor): Parameter {
    if (!this.has(name)) this.set(name, value);
    return fieldOf(this, name) as Parameter;
  }
  /** Takes a parameter out and returns it. */
  pop(name: string): Parameter {
    const parameter = this.get(name);
    if (parameter === null) throw new AttributeError("ParameterDict", `there is no parameter '${name}'`);
    deleteField(this, name);
    return parameter;
  }
  /** Takes the last parameter out and returns it with its name. */
  popitem(): [string, Parameter] {
    const last = [...this.items()].at(-1);
    if (last === undefined) throw new KeyError("ParameterDict", "the dictionary is empty");
    deleteField(this, last[0]);
    return last;
  }
  /** A new one with the same parameter, or a copy of the same tensor, under each name. */
  fromkeys(names: Iterable<string>, value: Tensor): ParameterDict {
    return new ParameterDict([...names].map((name) => [name, value] as const));
  }
  clear(): void {
    for (const name of [...this.keys()]) deleteField(this, name);
  }
  copy(): ParameterDict {
    return new ParameterDict([...this.items()]);
  }
  update(parameters: ParameterEntries): void {
    for (const [name, value] of entriesOf(parameters)) this.set(name, value);
  }
  *keys(): Generator<string> {
    for (const [name] of entriesIn(this)) yield name;
  }
  *values(): Generator<Parameter> {
    for (const [, parameter] of entriesIn(this)) yield parameter;
  }
  items(): Generator<[string, Parameter]> {
    return entriesIn(this);
  }
  [Symbol.iterator](): Generator<string> {
    return this.keys();
  }
  override forward(): never {
    throw new TorchError("ParameterDict", "should not be called.");
  }
  override extra_repr(): string {
    return linesOf(this, (p) => String(p.type()));
  }
}

function entriesOf(parameters: ParameterEntries): readonly (readonly [string, Tensor])[] {
  if (parameters instanceof ParameterDict) return [...parameters.items()];
  if (!isOptions(parameters)) return pairsOf("ParameterDict", parameters as Iterable<readonly [string, Tensor]>);
  const names = Object.keys(parameters).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return names.map((name) => [name, parameters[name] as Tensor] as const);
}
