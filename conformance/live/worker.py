"""Runs calls and small programs in a real PyTorch: one JSON line in, one out.

A line is a case of ../oracle's format without its results; the answer is the same case with them, so that the oracle
runner can run it here. Kinds: op calls (with gradients for inputs that require them) and steps.
"""
import base64
import json
import sys

import torch

torch.set_num_threads(1)

REAL = (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool)
DTYPES = {str(d).split(".")[1]: d for d in (*REAL, torch.complex64, torch.complex128)}


def find(path):
    value = torch
    for part in path.split(".")[1:]:
        value = getattr(value, part)
    return value


def tensor(v):
    data = bytearray(base64.b64decode(v["d"]))
    dtype = DTYPES[v["t"]]
    flat = torch.frombuffer(data, dtype=dtype).clone() if data else torch.empty(0, dtype=dtype)
    t = flat.reshape(v["s"])
    return t.requires_grad_() if v.get("rg") else t


def decode(v, variables):
    if isinstance(v, list):
        return [decode(x, variables) for x in v]
    if not isinstance(v, dict):
        return v
    if "t" in v:
        return tensor(v)
    if "f" in v:
        return float(v["f"])
    if "i" in v:
        return int(v["i"])
    if "dtype" in v:
        return DTYPES[v["dtype"]]
    if "python" in v:
        return eval(v["python"])  # a function that the program gives in both languages
    if "dict" in v:
        return {k: decode(x, variables) for k, x in v["dict"].items()}
    if "var" in v:
        name, *path = v["var"].split("/")
        value = variables[name]
        for part in path:
            value = value[int(part)] if isinstance(value, (list, tuple)) else value[part]
        return value
    raise ValueError(f"cannot decode {v}")


def encode(x):
    if isinstance(x, torch.Tensor):
        y = x.detach().resolve_conj().resolve_neg()
        flat = torch.empty(y.numel(), dtype=y.dtype).copy_(y.reshape(-1))
        data = flat.view(torch.uint8).numpy().tobytes() if y.numel() else b""
        return {"t": str(y.dtype).split(".")[1], "s": list(y.shape), "d": base64.b64encode(data).decode()}
    if isinstance(x, bool) or x is None or isinstance(x, str):
        return x
    if isinstance(x, int):
        return x
    if isinstance(x, float):
        return {"f": repr(x)}
    if isinstance(x, (list, tuple)):
        return [encode(y) for y in x]
    if isinstance(x, dict):
        return {"dict": {str(k): encode(y) for k, y in x.items()}}
    raise ValueError(f"cannot encode {type(x)}")


def call(op, how, args, kwargs):
    if how == "function":
        return find(op)(*args, **kwargs)
    name = op.split(".")[-1]
    if how == "method":
        return getattr(args[0], name)(*args[1:], **kwargs)
    clone = args[0].clone()
    getattr(clone, name)(*args[1:], **kwargs)
    return clone


def run_op(case):
    args = decode(case["args"], {})
    kwargs = {name: decode(value, {}) for name, value in case["kwargs"].items()}
    torch.manual_seed(0)  # as before each case of the runner
    out = call(case["op"], case["call"], args, kwargs)
    case["out"] = encode(out)
    outputs = out if isinstance(out, (list, tuple)) else [out]
    wanted = {}
    for i, a in enumerate(args):
        if isinstance(a, torch.Tensor) and a.requires_grad:
            wanted[str(i)] = a
        elif isinstance(a, list):
            wanted.update({f"{i}.{j}": b for j, b in enumerate(a) if isinstance(b, torch.Tensor) and b.requires_grad})
    differentiable = [o for o in outputs if isinstance(o, torch.Tensor) and o.requires_grad]
    if wanted and differentiable:
        torch.manual_seed(1)
        seeds = [torch.randn(o.shape, dtype=o.dtype) if isinstance(o, torch.Tensor) and o.requires_grad else None for o in outputs]
        grads = torch.autograd.grad(differentiable, list(wanted.values()), [s for s in seeds if s is not None], allow_unused=True)
        case["grad_out"] = encode(seeds if isinstance(out, (list, tuple)) else seeds[0])
        case["grads"] = {k: encode(g) for k, g in zip(wanted, grads) if g is not None}
    return case


def step(s, variables):
    if "value" in s:
        return decode(s["value"], variables)
    if "closure" in s:
        return closure(s, variables)
    args = decode(s.get("args", []), variables)
    kwargs = {name: decode(value, variables) for name, value in s.get("kwargs", {}).items()}
    if "fn" in s:
        if s["fn"].startswith("torch.nn."):  # sizes are printed as they were given: as the tuples that users write
            args = [tuple(a) if isinstance(a, list) else a for a in args]
            kwargs = {name: tuple(a) if isinstance(a, list) else a for name, a in kwargs.items()}
        return find(s["fn"])(*args, **kwargs)
    target = decode(s["obj"], variables)
    if "attr" in s:
        for part in s["attr"].split("."):
            target = getattr(target, part)
        return target
    result = getattr(target, s["method"])(*args, **kwargs)
    return list(result) if s["method"] in ("parameters", "named_parameters") else result


def closure(s, variables):
    def run():
        perform(s["closure"], variables)
        return variables[s["returns"]]

    return run


def perform(steps, variables):
    for s in steps:
        result = step(s, variables)
        if s["set"] is not None:
            variables[s["set"]] = result


def run_steps(case):
    variables = {}
    perform(case["steps"], variables)
    case["out"] = {name: encode(variables[name]) for name in case["read"]}
    return case


def main():
    print(json.dumps({"ready": torch.__version__}), flush=True)
    for line in sys.stdin:
        case = json.loads(line)
        try:
            answer = run_steps(case) if "steps" in case else run_op(case)
        except Exception as e:  # the call fails in PyTorch: it must fail here too, with the same kind of error
            answer = {**case, "raises": type(e).__name__, "message": str(e)}
        print(json.dumps(answer), flush=True)


main()
