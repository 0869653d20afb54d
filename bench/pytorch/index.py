"""The ops of worker/index.ts."""
import torch
import torch.nn.functional as F
from torch import randint, randn

from pytorch.table import forward_backward, op


@op("scan.cumsum")
def _(m, n, dim):
    x = randn(m, n)
    return lambda: x.cumsum(dim)


@op("sort.sort")
def _(n):
    x = randn(n)
    return lambda: x.sort()


@op("sort.rows")
def _(m, n):
    x = randn(m, n)
    return lambda: x.sort(1)


@op("sort.topk")
def _(n, k):
    x = randn(n)
    return lambda: x.topk(k)


@op("sort.topk_rows")
def _(m, n, k):
    x = randn(m, n)
    return lambda: x.topk(k, 1)


@op("sort.unique")
def _(n, range):
    x = randint(0, range, (n,))
    return lambda: torch.unique(x)


@op("idx.gather")
def _(m, n):
    x, index = randn(m, n), randint(0, n, (m, n))
    return lambda: x.gather(1, index)


@op("idx.select")
def _(v, d, n):
    table, index = randn(v, d), randint(0, v, (n,))
    return lambda: table.index_select(0, index)


@op("idx.embedding")
def _(v, d, n):
    table, index = randn(v, d), randint(0, v, (n,))
    return lambda: F.embedding(index, table)


@op("idx.embedding_bwd")
def _(v, d, n):
    table, index = randn(v, d), randint(0, v, (n,))
    return forward_backward(lambda: F.embedding(index, table), [table], randn(n, d))


@op("idx.index_add")
def _(v, d, n):
    table, index, source = randn(v, d), randint(0, v, (n,)), randn(n, d) * 1e-6
    return lambda: table.index_add_(0, index, source)


@op("idx.mask")
def _(n):
    x, mask = randn(n), randn(n) > 0
    return lambda: x[mask]


@op("idx.nonzero")
def _(n):
    return (randn(n) > 0).nonzero


@op("copy.clone")
def _(n):
    x = randn(n)
    return lambda: x.clone()


@op("copy.t")
def _(n):
    x = randn(n, n)
    return lambda: x.t().contiguous()


@op("copy.permute")
def _(shape, perm):
    x = randn(*shape)
    return lambda: x.permute(*perm).contiguous()


@op("copy.cat")
def _(k, m, n, dim):
    parts = [randn(m, n) for _ in range(k)]
    return lambda: torch.cat(parts, dim)
