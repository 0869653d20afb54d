"""The ops of worker/eager.ts and worker/pointwise.ts."""
import torch
import torch.nn.functional as F
from torch import randn

from pytorch.table import dtype_of, forward_backward, op


def chain(n, ops):
    x, a, b = randn(n), torch.full((n,), .999), torch.full((n,), .001)

    def run():
        y = x
        for _ in range(ops // 2):
            y = y * a
            y = y + b
        return y
    return x, run


@op("eager.add")
def _(n):
    a, b = randn(n), randn(n)
    return lambda: a + b


@op("eager.add_grad")
def _(n):
    a, b = randn(n).requires_grad_(), randn(n).requires_grad_()
    return lambda: a + b


@op("eager.chain")
def _(n, ops):
    x, run = chain(n, ops)
    return forward_backward(lambda: run().sum(), [x])


@op("eager.chain_nograd")
def _(n, ops):
    return chain(n, ops)[1]


@op("eager.create")
def _(n):
    values = [i * 0.5 for i in range(n)]
    return lambda: torch.tensor(values)


@op("eager.create_nested")
def _(m, n):
    values = [[i * 0.5 for i in range(n)] for _ in range(m)]
    return lambda: torch.tensor(values)


@op("eager.tinymlp")
def _(b, d):
    x, w1, b1, w2, b2 = randn(b, d), randn(d, d), randn(d), randn(d, 1), randn(1)
    return forward_backward(lambda: ((x @ w1 + b1).relu() @ w2 + b2).pow(2).sum(), [w1, b1, w2, b2])


@op("eager.zeros")
def _(n):
    return lambda: torch.zeros(n)


@op("eager.item")
def _():
    x = torch.tensor(1.5)
    return lambda: x.item()


@op("eager.tolist")
def _(n):
    x = randn(n)
    return lambda: x.tolist()


@op("eager.row")
def _(m, n, i):
    x = randn(m, n)
    return lambda: x[i]


@op("eager.t")
def _(m, n):
    x = randn(m, n)
    return lambda: x.t()


@op("eager.mul_")
def _(n):
    x = randn(n)
    return lambda: x.mul_(-1.0)


@op("eager.sum")
def _(n):
    x = randn(n)
    return lambda: x.sum()


@op("eager.matmul")
def _(n):
    a, b = randn(n, n), randn(n, n)
    return lambda: a @ b


@op("pw.binary")
def _(f, n, dtype=None):
    x, y = randn(n, dtype=dtype_of(dtype)), randn(n, dtype=dtype_of(dtype))
    return (lambda: x + y) if f == "add" else (lambda: x * y)


@op("pw.unary")
def _(f, n):
    x = randn(n)
    function = {"exp": torch.exp, "tanh": torch.tanh, "gelu": F.gelu, "sigmoid": torch.sigmoid}[f]
    return lambda: function(x)


@op("pw.chain5")
def _(n):
    x, y, z = randn(n), randn(n), randn(n)
    return lambda: torch.relu((x * y + z) * y + x)


@op("pw.where")
def _(n):
    x, y, condition = randn(n), randn(n), randn(n) > 0
    return lambda: torch.where(condition, x, y)


@op("pw.add_out")
def _(n):
    x, y, out = randn(n), randn(n), randn(n)
    return lambda: torch.add(x, y, out=out)


@op("pw.add_")
def _(n):
    x, y = randn(n), randn(n) * 1e-6
    return lambda: x.add_(y)


@op("pw.bcast")
def _(m, n):
    x, y = randn(m, n), randn(n)
    return lambda: x + y


@op("pw.add_t")
def _(n):
    x, y = randn(n, n), randn(n, n)
    return lambda: x + y.t()


@op("pw.gelu_bwd")
def _(n):
    x = randn(n)
    return forward_backward(lambda: F.gelu(x), [x], torch.ones(n))


@op("pw.cast")
def _(n):
    x = randn(n)
    return lambda: x.double()


@op("pw.randn")
def _(n):
    return lambda: randn(n)
