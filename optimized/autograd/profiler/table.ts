import { AttributeError } from "../../core/errors.js";
import { checkOptions } from "../../core/options.js";
import { formatMemory, formatShare, formatTime } from "./format.js";

/** The table of PyTorch's profiler: columns of 12 characters, two spaces apart, right-aligned. */

export interface Row {
  readonly key: string;
  readonly count: number;
  readonly input_shapes: readonly (readonly number[])[];
  readonly cpu_time_total: number;
  readonly cpu_time: number;
  readonly self_cpu_time_total: number;
  readonly cpu_memory_usage: number;
  readonly self_cpu_memory_usage: number;
  readonly isTopLevel: boolean;
}

export type SortKey =
  | "count"
  | "cpu_time"
  | "cpu_time_total"
  | "self_cpu_time_total"
  | "cpu_memory_usage"
  | "self_cpu_memory_usage";

export interface TableOptions {
  sort_by?: SortKey | null;
  row_limit?: number;
  max_name_column_width?: number;
  max_shapes_column_width?: number;
  header?: string | null;
  top_level_events_only?: boolean;
}

const KNOWN = [
  "sort_by",
  "row_limit",
  "max_name_column_width",
  "max_shapes_column_width",
  "header",
  "top_level_events_only",
];
const SORT_KEYS: readonly string[] = [
  "count",
  "cpu_time",
  "cpu_time_total",
  "self_cpu_time_total",
  "cpu_memory_usage",
  "self_cpu_memory_usage",
] satisfies SortKey[];
const WIDTH = 12;
const GAP = "  ";

interface Column {
  readonly title: string;
  readonly width: number;
  readonly cell: (row: Row) => string;
}

function columnsOf(rows: readonly Row[], withMemory: boolean, options: TableOptions): Column[] {
  const { max_name_column_width = 55, max_shapes_column_width = 80 } = options;
  const total = rows.reduce((sum, row) => sum + row.self_cpu_time_total, 0);
  const shapes = (row: Row): string => JSON.stringify(row.input_shapes).replaceAll(",", ", ");
  const longest = (text: (row: Row) => string): number => Math.max(...rows.map((row) => text(row).length)) + 4;
  const name = ({ key }: Row): string =>
    key.length >= max_name_column_width - 3 ? `${key.slice(0, max_name_column_width - 3)}...` : key;
  const column = (title: string, cell: (row: Row) => string): Column => ({ title, width: WIDTH, cell });
  const memory = [
    column("CPU Mem", (row) => formatMemory(row.cpu_memory_usage)),
    column("Self CPU Mem", (row) => formatMemory(row.self_cpu_memory_usage)),
  ];
  const inputs = { title: "Input Shapes", width: Math.min(longest(shapes), max_shapes_column_width), cell: shapes };
  return [
    {
      title: "Name",
      width: Math.min(
        longest((row) => row.key),
        max_name_column_width,
      ),
      cell: name,
    },
    column("Self CPU %", (row) => formatShare(row.self_cpu_time_total, total)),
    column("Self CPU", (row) => formatTime(row.self_cpu_time_total)),
    column("CPU total %", (row) => formatShare(row.cpu_time_total, total)),
    column("CPU total", (row) => formatTime(row.cpu_time_total)),
    column("CPU time avg", (row) => formatTime(row.cpu_time)),
    ...(withMemory ? memory : []),
    column("# of Calls", (row) => String(row.count)),
    ...(rows.some((row) => row.input_shapes.length > 0) ? [inputs] : []),
  ];
}

/** The rows as text; "" without rows. */
export function buildTable(rows: readonly Row[], withMemory: boolean, options: TableOptions): string {
  checkOptions("table", options, KNOWN);
  const { sort_by = null, row_limit = 100, header = null, top_level_events_only = false } = options;
  if (sort_by !== null && !SORT_KEYS.includes(sort_by)) {
    throw new AttributeError("table", `cannot sort by '${sort_by}'; known: ${SORT_KEYS.join(", ")}`);
  }
  if (rows.length === 0) return "";
  const sorted = sort_by === null ? rows : rows.toSorted((a, b) => b[sort_by] - a[sort_by]);
  const shown = (top_level_events_only ? sorted.filter((row) => row.isTopLevel) : sorted).slice(
    0,
    row_limit < 0 ? undefined : row_limit,
  );
  const columns = columnsOf(rows, withMemory, options);
  const line = (cell: (column: Column) => string): string =>
    columns.map((column) => cell(column).padStart(column.width) + GAP).join("");
  const rule = line(({ width }) => "-".repeat(width));
  const double = "=".repeat(rule.length - GAP.length);
  const total = rows.reduce((sum, row) => sum + row.self_cpu_time_total, 0);
  const lines = [
    ...(header === null ? [] : [double, header]),
    ...(top_level_events_only ? [double, "This report only display top-level ops statistics"] : []),
    rule,
    line(({ title }) => title),
    rule,
    ...shown.map((row) => line(({ cell }) => cell(row))),
    rule,
    `Self CPU time total: ${formatTime(total)}`,
  ];
  return `${lines.join("\n")}\n`;
}
