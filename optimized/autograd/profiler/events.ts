import { formatTime } from "./format.js";
import { buildTable, type Row, type TableOptions } from "./table.js";

/** What the profiler saw: one event per op, node of backward, or range of the user. */
export class FunctionEvent implements Row {
  /** The events inside this one. */
  readonly cpu_children: FunctionEvent[] = [];
  /** Microseconds since the profiler started. */
  end = 0;
  readonly count = 1;
  /** Bytes that the op itself took for its results. */
  self_cpu_memory_usage = 0;

  constructor(
    readonly name: string,
    readonly cpu_parent: FunctionEvent | null,
    readonly start: number,
    readonly input_shapes: readonly (readonly number[])[],
  ) {
    cpu_parent?.cpu_children.push(this);
  }
  get key(): string {
    return this.name;
  }
  get cpu_time_total(): number {
    return this.end - this.start;
  }
  get cpu_time(): number {
    return this.cpu_time_total;
  }
  get self_cpu_time_total(): number {
    return this.cpu_children.reduce((rest, child) => rest - child.cpu_time_total, this.cpu_time_total);
  }
  get cpu_memory_usage(): number {
    return this.cpu_children.reduce((sum, child) => sum + child.cpu_memory_usage, this.self_cpu_memory_usage);
  }
  get isTopLevel(): boolean {
    return this.cpu_parent === null;
  }
}

/** Events of one name, summed. */
export class FunctionEventAvg implements Row {
  count = 0;
  cpu_time_total = 0;
  self_cpu_time_total = 0;
  cpu_memory_usage = 0;
  self_cpu_memory_usage = 0;
  isTopLevel = false;

  constructor(
    readonly key: string,
    readonly input_shapes: readonly (readonly number[])[] = [],
  ) {}

  add(event: FunctionEvent): this {
    this.count++;
    this.cpu_time_total += event.cpu_time_total;
    this.self_cpu_time_total += event.self_cpu_time_total;
    this.cpu_memory_usage += event.cpu_memory_usage;
    this.self_cpu_memory_usage += event.self_cpu_memory_usage;
    this.isTopLevel ||= event.isTopLevel;
    return this;
  }
  /** The mean time of a call, in microseconds. */
  get cpu_time(): number {
    return this.count === 0 ? 0 : this.cpu_time_total / this.count;
  }
  toString(): string {
    return `<FunctionEventAvg key=${this.key} self_cpu_time=${formatTime(this.self_cpu_time_total)} cpu_time=${formatTime(this.cpu_time)} input_shapes=${JSON.stringify(this.input_shapes)} cpu_memory_usage=${this.cpu_memory_usage}>`;
  }
}

/** A list of events, or of their averages, that can be printed. */
export class EventList<E extends Row = Row> implements Iterable<E> {
  constructor(
    readonly events: readonly E[],
    private readonly withMemory: boolean,
  ) {}

  get length(): number {
    return this.events.length;
  }
  [Symbol.iterator](): Iterator<E> {
    return this.events[Symbol.iterator]();
  }
  at(index: number): E | undefined {
    return this.events.at(index);
  }
  /** Microseconds of all events, nested ones counted once. */
  get self_cpu_time_total(): number {
    return this.events.reduce((sum, e) => sum + e.self_cpu_time_total, 0);
  }
  /** The table that PyTorch prints; `sort_by` is the name of a number, such as "self_cpu_time_total". */
  table(options: TableOptions = {}): string {
    return buildTable(this.events, this.withMemory, options);
  }
  toString(): string {
    return this.table();
  }
}

/** The events of a run. */
export class EventLog extends EventList<FunctionEvent> {
  constructor(
    events: readonly FunctionEvent[],
    private readonly memory: boolean,
  ) {
    super(events, memory);
  }

  /** The events by name, also by the shapes of their inputs if asked for, in the order of first appearance. */
  key_averages({ group_by_input_shape = false }: { group_by_input_shape?: boolean } = {}): EventList<FunctionEventAvg> {
    const groups = new Map<string, FunctionEventAvg>();
    for (const event of this.events) {
      const shapes = group_by_input_shape ? event.input_shapes : [];
      const key = `${event.key} ${JSON.stringify(shapes)}`;
      const group = groups.get(key) ?? new FunctionEventAvg(event.key, shapes);
      groups.set(key, group.add(event));
    }
    return new EventList([...groups.values()], this.memory);
  }

  /** The sum of all events. */
  total_average(): FunctionEventAvg {
    return this.events.reduce((sum, event) => sum.add(event), new FunctionEventAvg("Total"));
  }

  /** Writes a file for chrome://tracing and Perfetto. */
  export_chrome_trace(path: string): void {
    const traced = this.events.map((e) => ({
      name: e.name,
      ph: "X",
      ts: e.start,
      dur: e.cpu_time_total,
      tid: 1,
      pid: "CPU functions",
      args: e.input_shapes.length === 0 ? {} : { "Input Dims": e.input_shapes },
    }));
    // Not imported: the library also runs where there are no files.
    process.getBuiltinModule("node:fs").writeFileSync(path, JSON.stringify(traced));
  }
}
