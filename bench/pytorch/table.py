"""op -> factory: it makes the inputs of a workload and gives the call that is timed, as the functions of worker/*.ts do."""
import torch

OPS = {}


def op(name):
    """Registers a factory."""
    def register(factory):
        OPS[name] = factory
        return factory
    return register


def dtype_of(dtype):
    return torch.float64 if dtype == "float64" else torch.float32


def forward_backward(forward, leaves, grad=None):
    for leaf in leaves:
        leaf.requires_grad_()

    def call():
        forward().backward(grad)
        for leaf in leaves:
            leaf.grad = None
    return call


def both(problem):
    """Forward, then backward from a random gradient."""
    def factory(**p):
        leaves, run = problem(**p)
        return forward_backward(run, leaves, torch.randn_like(run()))
    return factory
