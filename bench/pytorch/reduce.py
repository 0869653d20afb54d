"""The ops of worker/reduce.ts."""
import torch
import torch.nn.functional as F
from torch import randint, randn

from pytorch.table import OPS, both, forward_backward, op


def reduction(function):
    def factory(shape, dim=None):
        x = randn(*shape)
        return (lambda: function(x)) if dim is None else (lambda: function(x, dim))
    return factory


for _name in ("sum", "mean", "var", "var_mean", "max", "argmax", "norm"):
    OPS[f"red.{_name}"] = reduction(getattr(torch, _name))


@op("norm.softmax")
def _(m, n):
    x = randn(m, n)
    return lambda: F.softmax(x, -1)


@op("norm.log_softmax")
def _(m, n):
    x = randn(m, n)
    return lambda: F.log_softmax(x, -1)


@op("norm.softmax_bwd")
def _(m, n):
    x = randn(m, n)
    return forward_backward(lambda: F.softmax(x, -1), [x], randn(m, n))


@op("norm.ce_bwd")
def _(m, n):
    x, target = randn(m, n), randint(0, n, (m,))
    return forward_backward(lambda: F.cross_entropy(x, target), [x])


def layer_norm(m, n):
    leaves = x, weight, bias = randn(m, n), randn(n), randn(n)
    return leaves, lambda: F.layer_norm(x, (n,), weight, bias)


def batch_norm(shape, training=True):
    c = shape[1]
    leaves = x, weight, bias = randn(*shape), randn(c), randn(c)
    mean, var = torch.zeros(c), torch.ones(c)
    return leaves, lambda: F.batch_norm(x, mean, var, weight, bias, training=training)


OPS["norm.layer_norm"] = lambda **p: layer_norm(**p)[1]
OPS["norm.layer_norm_bwd"] = both(layer_norm)
OPS["norm.batch_norm"] = lambda shape: batch_norm(shape)[1]
OPS["norm.batch_norm_eval"] = lambda shape: batch_norm(shape, False)[1]
OPS["norm.batch_norm_bwd"] = both(batch_norm)
