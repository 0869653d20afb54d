"""The ops of worker/matmul.ts and worker/conv.ts."""
import torch
import torch.nn.functional as F
from torch import randn

from pytorch.table import OPS, both, dtype_of, op


@op("mm")
def _(m, k, n, batch=None, ta=False, tb=False, bias=False, dtype=None):
    leading = () if batch is None else (batch,)
    a = randn(*leading, *((k, m) if ta else (m, k)), dtype=dtype_of(dtype))
    b = randn(*leading, *((n, k) if tb else (k, n)), dtype=dtype_of(dtype))
    if bias:
        c = randn(n)
        return lambda: F.linear(a, b, c)
    x = a.transpose(-1, -2) if ta else a
    y = b.transpose(-1, -2) if tb else b
    return lambda: torch.matmul(x, y)


def conv(b, ci, co, h, k, s, pad, groups=1, nd=2):
    leaves = x, weight, bias = randn(b, ci, *[h] * nd), randn(co, ci // groups, *[k] * nd), randn(co)
    function = F.conv2d if nd == 2 else F.conv1d
    return leaves, lambda: function(x, weight, bias, stride=s, padding=pad, groups=groups)


def conv_transpose(b, ci, co, h, k, s, pad):
    leaves = x, weight, bias = randn(b, ci, h, h), randn(ci, co, k, k), randn(co)
    return leaves, lambda: F.conv_transpose2d(x, weight, bias, stride=s, padding=pad)


def max_pool(shape, k, s, pad):
    x = randn(*shape)
    return [x], lambda: F.max_pool2d(x, k, s, pad)


@op("pool.aavg")
def _(shape, o):
    x = randn(*shape)
    return lambda: F.adaptive_avg_pool2d(x, o)


OPS["conv.fwd"] = lambda **p: conv(**p)[1]
OPS["conv.fwd_bwd"] = both(conv)
OPS["convt.fwd"] = lambda **p: conv_transpose(**p)[1]
OPS["convt.fwd_bwd"] = both(conv_transpose)
OPS["pool.max"] = lambda **p: max_pool(**p)[1]
OPS["pool.max_bwd"] = both(max_pool)
