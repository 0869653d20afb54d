#!/usr/bin/env python3
"""PyTorch's side of `npm run bench -- --against pytorch`: see against/pytorch.ts.

    pytorch_worker.py THREADS

JSON lines on stdin and stdout: {"cmd": "prep", "op", "p", "min_ms"}, {"cmd": "sample"}, {"cmd": "done"}.
"""
import json
import os
import sys
import time

import torch

from pytorch import index, matmul, pointwise, reduce, steps  # noqa: F401 (each registers its ops)
from pytorch.table import OPS


class Unsupported(Exception):
    pass


class Runner:
    """Holds one prepared workload at a time: the same warm-up and batches as worker/timing.ts."""

    def __init__(self):
        self.call, self.k = None, 1

    def batch(self, count):
        call, start = self.call, time.perf_counter()
        for _ in range(count):
            call()
        return (time.perf_counter() - start) * 1e3 / count

    def prepare(self, name, p, min_ms):
        if name not in OPS:
            raise Unsupported(f"not implemented: {name}")
        torch.manual_seed(0)
        self.call = OPS[name](**p)
        first = estimate = self.batch(1)
        if first < 3000:
            estimate = min(first, self.batch(1))
            count, end = 1, time.perf_counter() + min(2 * min_ms, 300) / 1e3
            while time.perf_counter() < end and count < 1 << 20:
                estimate = self.batch(count)
                took = estimate * count
                if took < 20:
                    count = max(count + 1, int(count * min(10, 20 / max(took, 1e-3))))
        self.k = min(max(round(min_ms / max(estimate, 1e-5)), 1), 1_000_000)
        return {"first_ms": first, "est_ms": estimate, "k": self.k}

    def answer(self, command):
        if command["cmd"] == "prep":
            return self.prepare(command["op"], command["p"], command["min_ms"])
        if command["cmd"] == "sample":
            return {"ms": self.batch(self.k)}
        self.call = None
        return {}


def main():
    torch.set_num_threads(int(sys.argv[1]))
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print goes to stderr
    runner = Runner()
    for line in sys.stdin:
        try:
            answer = {"ok": True, **runner.answer(json.loads(line))}
        except Exception as error:
            runner.call = None
            text = f"{type(error).__name__}: {error}".splitlines()[0][:300]
            answer = {"ok": False, "error": text, "unsupported": isinstance(error, Unsupported)}
        out.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
