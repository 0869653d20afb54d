/** The profiler: what it sees, and PyTorch's tables. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import torch from "../optimized/index.js";
import { observe } from "../optimized/autograd/observe.js";

const { profile, record_function } = torch.autograd.profiler;

const x = torch.rand([50, 50], { requires_grad: true });
function step(): void {
  const y = record_function("forward", () => x.matmul(x).relu());
  y.sum().backward();
}

describe("profile", () => {
  const prof = profile({ profile_memory: true, record_shapes: true }, step);
  const events = [...prof.function_events];
  const named = (name: string) => events.find((e) => e.name === name)!;

  test("sees ops, views, nodes of backward and ranges, nested", () => {
    const names = events.map((e) => e.name);
    for (const name of [
      "forward",
      "aten::matmul",
      "aten::relu",
      "aten::sum",
      "autograd::engine::evaluate_function: ReluBackward0",
      "ReluBackward0",
      "torch::autograd::AccumulateGrad",
      "aten::transpose",
    ]) {
      expect(names).toContain(name);
    }
    expect(named("aten::matmul").cpu_parent).toBe(named("forward"));
    expect(named("ReluBackward0").cpu_parent!.name).toMatch(/^autograd::engine/);
  });

  test("times add up; memory is that of the results", () => {
    const range = named("forward");
    const inside = range.cpu_children.reduce((sum, e) => sum + e.cpu_time_total, 0);
    expect(range.self_cpu_time_total).toBeCloseTo(range.cpu_time_total - inside, 6);
    const top = events.filter((e) => e.cpu_parent === null).reduce((sum, e) => sum + e.cpu_time_total, 0);
    expect(prof.self_cpu_time_total).toBeCloseTo(top, 6);
    expect(named("aten::matmul").self_cpu_memory_usage).toBe(50 * 50 * 4);
    expect(range.cpu_memory_usage).toBe(2 * 50 * 50 * 4);
    expect(named("aten::matmul").input_shapes).toEqual([
      [50, 50],
      [50, 50],
    ]);
  });

  test("key_averages sums by name, or by name and shapes", () => {
    const products = [...prof.key_averages()].filter((e) => e.key === "aten::matmul");
    expect(products.map((e) => e.count)).toEqual([3]);
    expect(products[0]!.cpu_time).toBeCloseTo(products[0]!.cpu_time_total / 3, 9);
    const shaped = [...prof.key_averages({ group_by_input_shape: true })].filter((e) => e.key === "aten::matmul");
    expect(shaped[0]!.input_shapes.length).toBe(2);
    expect(prof.total_average().count).toBe(events.length);
  });

  test("the table has PyTorch's layout", () => {
    const lines = profile(() => x.detach().mul(2))
      .key_averages()
      .table()
      .split("\n");
    const gap = "  ";
    expect(lines[0]).toBe(["-".repeat(13), ...new Array<string>(6).fill("-".repeat(12)), ""].join(gap));
    expect(lines[1]).toBe(
      [
        "Name".padStart(13),
        "  Self CPU %",
        "    Self CPU",
        " CPU total %",
        "   CPU total",
        "CPU time avg",
        "  # of Calls",
        "",
      ].join(gap),
    );
    expect(lines[3]).toMatch(/^ {4}aten::mul {2} {5}100\.00% .*us +100\.00% +.*us +.*us +1 {2}$/);
    expect(lines[5]).toMatch(/^Self CPU time total: \d+\.\d{3}(us|ms)$/);
    expect(prof.key_averages().table()).toMatch(/ {5}CPU Mem {2}Self CPU Mem {4}# of Calls/);
    expect(prof.key_averages(true).table()).toMatch(/Input Shapes/);
  });

  test("rows can be sorted, limited, reduced to the top level", () => {
    const rows = (table: string): string[] => table.split("\n").slice(3, -3);
    const table = prof.key_averages().table({ sort_by: "count", row_limit: 2 });
    expect(rows(table).length).toBe(2);
    const counts = rows(prof.key_averages().table({ sort_by: "count" })).map((r) => Number(r.split(/ {2,}/)[8]));
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    expect(prof.table({ top_level_events_only: true })).toMatch(/only display top-level ops/);
    expect(() => prof.table({ sort_by: "name" as never })).toThrow(/cannot sort by 'name'/);
    expect(profile(() => {}).table()).toBe("");
  });

  test("a Chrome trace", () => {
    const folder = mkdtempSync(join(tmpdir(), "trace-"));
    prof.export_chrome_trace(join(folder, "trace.json"));
    const trace = JSON.parse(readFileSync(join(folder, "trace.json"), "utf8")) as Record<string, unknown>[];
    rmSync(folder, { recursive: true });
    expect(trace.length).toBe(events.length);
    expect(trace[0]).toMatchObject({ name: "forward", ph: "X", pid: "CPU functions", tid: 1 });
    expect(trace.every((e) => (e.dur as number) >= 0)).toBe(true);
  });
});

describe("on and off", () => {
  test("nobody looks when it is over, also after an error", () => {
    expect(() =>
      profile(() => {
        throw new Error("inside");
      }),
    ).toThrow("inside");
    expect([observe.op, observe.nodes]).toEqual([null, null]);
    record_function("alone", () => x.detach().mul(2));
  });

  test("as an object: stop, using, disabled, one at a time", () => {
    const running = profile();
    expect(() => running.key_averages()).toThrow(/didn't finish running/);
    expect(() => profile()).toThrow(/another profiler is running/);
    x.detach().exp();
    running.stop();
    expect(running.key_averages().at(0)!.key).toBe("aten::exp");
    expect(profile(false, step).function_events.length).toBe(0);
    {
      using _prof = profile();
    }
    expect(observe.op).toBeNull();
    expect(() => profile({ rows: 1 } as never)).toThrow(/unexpected option 'rows'/);
  });

  test("with anomaly detection at the same time", () => {
    const prof = profile(() => torch.autograd.detect_anomaly(step));
    expect([...prof.function_events].some((e) => e.name === "ReluBackward0")).toBe(true);
    expect([observe.nodes, observe.made]).toEqual([null, null]);
  });

  test("emit_nvtx runs the function", () => {
    expect(torch.autograd.profiler.emit_nvtx(() => 3)).toBe(3);
  });
});

test("torch.profiler: steps and on_trace_ready", () => {
  const seen: string[] = [];
  torch.profiler.profile(
    { activities: [torch.profiler.ProfilerActivity.CPU], on_trace_ready: (p) => seen.push(p.key_averages().table()) },
    () => step(),
  );
  expect(seen.length).toBe(1);
  const prof = torch.profiler.profile();
  for (let i = 0; i < 2; i++) {
    step();
    prof.step();
  }
  prof.stop();
  const steps = [...prof.events()].filter((e) => e.name.startsWith("ProfilerStep#"));
  expect(steps.map((e) => e.name)).toEqual(["ProfilerStep#0", "ProfilerStep#1", "ProfilerStep#2"]);
  expect(steps[0]!.cpu_children.map((e) => e.name)).toContain("forward");
});
