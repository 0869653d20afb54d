"""Writes modules.json.gz beside this file: what PyTorch's modules are right after they are made, and what they reject.

    /usr/bin/python3 -W ignore conformance/golden/modules/record.py

A row of `made` holds the arguments, the text, the public attributes, and from seed 0 the state dict in its order: shape,
first and last value, null before a lazy module knows its shape. A row of `called` is the same of lazy modules after a call
with ones of the shape `input`. A row of `rejected` holds the arguments, the shapes and dtypes of the inputs and the name of
the exception; without inputs the constructor itself raises it.
"""

import gzip
import json
from pathlib import Path

import torch
from torch import nn

DIMS = (1, 2, 3)


def configurations():
    """The name and the arguments of each module to make."""
    for d in DIMS:
        for prefix in ("", "Lazy"):
            first = (6, 4) if prefix == "" else (4,)
            conv, transpose = f"{prefix}Conv{d}d", f"{prefix}ConvTranspose{d}d"
            yield conv, [*first, 3], {}
            yield conv, [*first, [2, 3, 4][:d], 2, 1], {}
            yield conv, [*first, 3, 1, "same", 2, 2, False, "circular"], {}
            yield conv, [*first, 3], {"padding": "valid", "padding_mode": "reflect", "dilation": 2}
            yield transpose, [*first, 3], {}
            yield transpose, [*first, 3, 2, 1, 1, 2, False, 2], {}
            yield transpose, [*first, [2, 3, 4][:d]], {"stride": [2, 1, 3][:d], "output_padding": 0}
            for norm in ("BatchNorm", "InstanceNorm"):
                features = (3,) if prefix == "" else ()
                yield f"{prefix}{norm}{d}d", [*features], {}
                yield f"{prefix}{norm}{d}d", [*features, 0.001, 0.5], {"affine": True, "track_running_stats": True}
                yield f"{prefix}{norm}{d}d", [*features], {"affine": False, "track_running_stats": False}
        yield f"MaxPool{d}d", [2], {}
        yield f"MaxPool{d}d", [[3, 2, 4][:d], 2, 1, 2, True, True], {}
        yield f"MaxUnpool{d}d", [2], {}
        yield f"MaxUnpool{d}d", [[3, 2, 4][:d]], {"stride": 2, "padding": 1}
        yield f"AvgPool{d}d", [2], {}
        yield f"AvgPool{d}d", [[3, 2, 4][:d], 2, 1, True, False], {}
        for pool in ("AdaptiveMaxPool", "AdaptiveAvgPool"):
            yield f"{pool}{d}d", [3], {}
            yield f"{pool}{d}d", [[3, None, 2][:d] if d > 1 else 4], {}
        yield f"ConstantPad{d}d", [1, 3.5], {}
        yield f"ConstantPad{d}d", [[1, 2, 0, -1, 3, 1][: 2 * d], 2], {}
        for pad in ("ReflectionPad", "ReplicationPad"):
            yield f"{pad}{d}d", [1], {}
            yield f"{pad}{d}d", [[1, 2, 0, 1, 3, 1][: 2 * d]], {}
        yield f"Dropout{d}d", [], {}
        yield f"Dropout{d}d", [0.25, True], {}
    for dropout in ("Dropout", "AlphaDropout", "FeatureAlphaDropout"):
        yield dropout, [], {}
        yield dropout, [0.25, True], {}
    yield "Linear", [3, 4], {}
    yield "LazyLinear", [4], {}
    yield "LazyLinear", [4, False], {}
    yield "ZeroPad2d", [1], {}
    yield "ZeroPad2d", [[1, 2, 3, 4]], {}
    yield "LPPool1d", [2, 3], {}
    yield "LPPool1d", [1.5, 3, 2, True], {}
    yield "LPPool2d", [2, [3, 2]], {}
    yield "LPPool2d", [1.5, 3, [2, 1], True], {}
    for d in (2, 3):
        yield f"FractionalMaxPool{d}d", [2, 3], {}
        yield f"FractionalMaxPool{d}d", [[2, 3, 2][:d]], {"output_ratio": 0.5, "return_indices": True}
    yield "SyncBatchNorm", [3], {}
    yield "SyncBatchNorm", [3, 0.001, None, False, False], {}
    yield "GroupNorm", [2, 4], {}
    yield "GroupNorm", [2, 4, 0.1, False], {}
    yield "LayerNorm", [4], {}
    yield "LayerNorm", [[2, 4], 0.1, False], {}
    yield "LocalResponseNorm", [2], {}
    yield "LocalResponseNorm", [3, 0.001, 0.5, 2.5], {}
    yield "CrossMapLRN2d", [2], {}
    yield "CrossMapLRN2d", [3, 0.001, 0.5, 2.5], {}
    yield "Fold", [[4, 5], 2], {}
    yield "Fold", [[4, 5], [2, 3], 1, 1, [2, 1]], {}
    yield "Unfold", [2], {}
    yield "Unfold", [[2, 3], 1, 1, [2, 1]], {}
    yield "Flatten", [], {}
    yield "Flatten", [0, 1], {}
    yield "Unflatten", [1, [2, 3]], {}
    yield "PixelShuffle", [2], {}
    yield "PixelUnshuffle", [2], {}
    yield "ChannelShuffle", [2], {}
    yield "Upsample", [], {"scale_factor": 2}
    yield "Upsample", [[3, 4]], {"mode": "bilinear", "align_corners": True}
    yield "Upsample", [], {"scale_factor": [2, 1.5], "mode": "bicubic", "recompute_scale_factor": True}
    for upsampling in ("UpsamplingNearest2d", "UpsamplingBilinear2d"):
        yield upsampling, [], {"scale_factor": 2}
        yield upsampling, [[3, 4]], {}


def image(*shape, dtype="float32"):
    return [list(shape), dtype]


def bad_calls():
    """The name, the arguments and the inputs of calls; no inputs: the constructor."""
    for d in DIMS:
        size = [4] * d
        batch = image(2, 3, *size)
        for prefix, channels in (("", [3, 2]), ("Lazy", [2])):
            for conv in (f"{prefix}Conv{d}d", f"{prefix}ConvTranspose{d}d"):
                yield conv, [*channels, 2], {"groups": 0}, None
                yield conv, [*channels, 2], {"padding_mode": "other"}, None
                if prefix == "":
                    yield conv, [3, 2, 2], {"groups": 2}, None
                else:
                    yield conv, [2, 2], {"groups": 2}, [batch]
                yield conv, [*channels, 2], {}, [image(3)]
                yield conv, [*channels, 2], {}, [image(*[3] * (d + 3))]
                yield conv, [*channels, 2], {}, [image(2, 3, *size, dtype="float64")]
                yield conv, [*channels, 2], {"stride": 0}, [batch]
                yield conv, [*channels, 2], {"dilation": 0}, [batch]
                yield conv, [*channels, 2], {"padding": -1}, [batch]
            yield f"{prefix}Conv{d}d", [*channels, 2], {"padding": "other"}, None
            yield f"{prefix}Conv{d}d", [*channels, 2], {"padding": "same", "stride": 2}, None
            yield f"{prefix}ConvTranspose{d}d", [*channels, 2], {"output_padding": 1}, [batch]
            yield f"{prefix}ConvTranspose{d}d", [*channels, 2], {"padding_mode": "reflect"}, None
            for norm in ("BatchNorm", "InstanceNorm"):
                features = [3] if prefix == "" else []
                yield f"{prefix}{norm}{d}d", features, {}, [image(3)]
                yield f"{prefix}{norm}{d}d", features, {}, [image(*[3] * (d + 3))]
                yield f"{prefix}{norm}{d}d", features, {}, [image(2, 3, *size, dtype="int64")]
        yield f"Conv{d}d", [3, 2, 2], {}, [image(2, 4, *size)]
        yield f"Conv{d}d", [3, 2, 9], {}, [batch]
        yield f"Conv{d}d", [3, 2, 2], {"padding": 9, "padding_mode": "reflect"}, [batch]
        yield f"Conv{d}d", [3, 2, 2], {"padding": 9, "padding_mode": "circular"}, [batch]
        yield f"ConvTranspose{d}d", [3, 2, 2], {}, [image(2, 4, *size)]
        yield f"BatchNorm{d}d", [3], {}, [image(2, 4, *size)]
        yield f"BatchNorm{d}d", [3], {}, [image(1, 3, *[1] * d)]
        yield f"InstanceNorm{d}d", [3], {}, [image(2, 3, *[1] * d)]
        yield f"InstanceNorm{d}d", [3], {"affine": True}, [image(2, 4, *size)]
        for pool in ("MaxPool", "AvgPool"):
            name = f"{pool}{d}d"
            yield name, [2], {}, [image(4)]
            yield name, [2], {}, [image(*[4] * (d + 3))]
            yield name, [2], {"padding": 2}, [batch]
            yield name, [2], {"padding": -1}, [batch]
            yield name, [2], {"stride": 0}, [batch]
            yield name, [0], {}, [batch]
            yield name, [2], {}, [image(1, 0, *size)]
            yield name, [2], {}, [image(2, 3, *size, dtype="bool")]
            if name != "MaxPool1d":
                yield name, [9], {}, [batch]
        yield f"MaxPool{d}d", [2], {}, [image(2, 3, *size, dtype="int64")]
        yield f"MaxPool{d}d", [2], {"dilation": 0}, [batch]
        if d > 1:
            yield f"AvgPool{d}d", [2], {"divisor_override": 0}, [batch]
        unpool = f"MaxUnpool{d}d"
        where = image(2, 3, *size, dtype="int64")
        yield unpool, [2], {}, [batch, image(2, 3, *[2] * d, dtype="int64")]
        yield unpool, [2], {}, [image(4), image(4, dtype="int64")]
        yield unpool, [2], {}, [batch, batch]
        yield unpool, [2], {}, [where, where]
        yield unpool, [2], {}, [batch, where, [99] * d]
        yield unpool, [2], {}, [batch, where, [8] * (d + 1)]
        for pool in ("AdaptiveMaxPool", "AdaptiveAvgPool"):
            name = f"{pool}{d}d"
            yield name, [2], {}, [image(4)]
            yield name, [2], {}, [image(2, 3, *size, dtype="int64")]
            yield name, [2], {}, [image(1, 1, *[0] * d)]
            yield name, [[2] * (d + 1)], {}, [batch]
            yield name, [-1], {}, [batch]
        for pad in (f"ReflectionPad{d}d", f"ReplicationPad{d}d"):
            yield pad, [1], {}, [image(4)]
            yield pad, [1], {}, [image(*[4] * (d + 3))]
            yield pad, [1], {}, [image(2, 3, *[0] * d)]
            yield pad, [[1] * (2 * d + 1)], {}, [batch]
        yield f"ReflectionPad{d}d", [4], {}, [batch]
        yield f"ConstantPad{d}d", [-3, 1], {}, [batch]
        yield f"ConstantPad{d}d", [[1] * (2 * d + 1), 1], {}, [batch]
        yield f"Dropout{d}d", [1.5], {}, None
        yield f"Dropout{d}d", [-0.5], {}, None
    yield "Dropout1d", [], {}, [image(3)]
    yield "Dropout1d", [], {}, [image(2, 3, 4, 5)]
    yield "Dropout2d", [], {}, [image(3)]
    for dropout in ("Dropout", "AlphaDropout", "FeatureAlphaDropout"):
        yield dropout, [1.5], {}, None
        yield dropout, [], {}, [image(2, 3, dtype="int64")]
    yield "FeatureAlphaDropout", [], {}, [image(3)]
    yield "LazyLinear", [4], {}, [image(2, 3, dtype="float64")]
    yield "ZeroPad2d", [[1, 2, 3]], {}, [image(2, 3, 4, 4)]
    for d in (1, 2):
        yield f"LPPool{d}d", [2, 2], {}, [image(4)]
        yield f"LPPool{d}d", [2, 9], {}, [image(2, 3, *[4] * d)]
    for d in (2, 3):
        name, size = f"FractionalMaxPool{d}d", [4] * d
        yield name, [2], {}, None
        yield name, [2, 3, 0.5], {}, None
        yield name, [2], {"output_ratio": 1.5}, None
        yield name, [2, 4], {}, [image(2, 3, *size)]
        if d == 3:
            yield name, [2, 3], {}, [image(2, 3, *size)]
        yield name, [2, 2], {}, [image(4, 4)]
        yield name, [2, 2], {}, [image(2, 3, *size, dtype="int64")]
    yield "GroupNorm", [2, 3], {}, None
    yield "GroupNorm", [2, 4], {}, [image(2, 3, 4)]
    yield "GroupNorm", [2, 4], {}, [image(4)]
    yield "GroupNorm", [2, 4], {}, [image(2, 4, 3, dtype="float64")]
    yield "LayerNorm", [4], {}, [image(2, 3)]
    yield "LayerNorm", [[2, 4]], {}, [image(4)]
    yield "LayerNorm", [4], {}, [image(2, 4, dtype="float64")]
    yield "LocalResponseNorm", [2], {}, [image(2, 3)]
    yield "CrossMapLRN2d", [2], {}, [image(2, 3, 4)]
    yield "Fold", [[4, 5], 2], {}, [image(2, 3, 4, 5)]
    yield "Fold", [[4, 5], 2], {}, [image(2, 7, 12)]
    yield "Fold", [[4, 5], 2], {}, [image(2, 8, 11)]
    yield "Fold", [[4, 5], 0], {}, [image(2, 8, 12)]
    yield "Unfold", [2], {}, [image(3, 4)]
    yield "Unfold", [9], {}, [image(2, 3, 4, 5)]
    yield "Unfold", [2, 0], {}, [image(2, 3, 4, 5)]
    yield "Unfold", [2, 1, 0, 0], {}, [image(2, 3, 4, 5)]
    yield "Flatten", [2, 1], {}, [image(2, 3, 4)]
    yield "Flatten", [5], {}, [image(2, 3, 4)]
    yield "Unflatten", [1, [2, 3]], {}, [image(2, 5)]
    yield "Unflatten", [4, [2, 3]], {}, [image(2, 6)]
    yield "Unflatten", [1, [2, 1.5]], {}, None
    yield "Unflatten", [1.5, [2, 3]], {}, None
    for shuffle in ("PixelShuffle", "PixelUnshuffle"):
        yield shuffle, [2], {}, [image(3, 3)]
        yield shuffle, [2], {}, [image(3, 3, 3)]
        yield shuffle, [0], {}, [image(4, 4, 4)]
    yield "ChannelShuffle", [2], {}, [image(4, 4)]
    yield "ChannelShuffle", [3], {}, [image(2, 4, 4)]
    yield "ChannelShuffle", [0], {}, [image(2, 4, 4)]
    yield "Upsample", [], {}, [image(1, 2, 3)]
    yield "Upsample", [3, 2], {}, [image(1, 2, 3)]
    yield "Upsample", [[3, 3]], {}, [image(1, 2, 3)]
    yield "Upsample", [3], {"mode": "bilinear"}, [image(1, 2, 3)]
    yield "Upsample", [3], {"mode": "other"}, [image(1, 2, 3)]
    yield "Upsample", [3], {"align_corners": True}, [image(1, 2, 3)]
    yield "Upsample", [3], {}, [image(2, 3)]
    yield "Upsample", [0], {}, [image(1, 2, 3)]
    yield "UpsamplingNearest2d", [3], {}, [image(1, 2, 3, 3, 3, 3)]
    yield "UpsamplingBilinear2d", [3], {}, [image(1, 2, 3)]


def make(name, args, kwargs):
    return getattr(nn, name)(*map(as_tuple, args), **{key: as_tuple(value) for key, value in kwargs.items()})


def as_tuple(value):
    return tuple(value) if isinstance(value, list) else value


def entry(tensor):
    if nn.parameter.is_lazy(tensor):
        return None
    values = tensor.flatten().tolist()
    return [list(tensor.shape), *values[:1], *values[-1:]]


def description(module):
    attributes = {key: value for key, value in vars(module).items() if not key.startswith("_")}
    return {
        "repr": repr(module),
        "attributes": attributes,
        "state": {key: entry(value) for key, value in module.state_dict().items()},
        "buffers": [key for key, _ in module.named_buffers()],
    }


def made(*call):
    torch.manual_seed(0)
    return {"call": call, **description(make(*call))}


def called(name, args, kwargs):
    torch.manual_seed(0)
    module = make(name, args, kwargs)
    shape = [2, 6] if name == "LazyLinear" else [2, 6, 9, 9, 9][: 2 + int(name[-2])]
    module(torch.ones(shape))
    return {"call": [name, args, kwargs], "input": shape, **description(module)}


def rejected(name, args, kwargs, inputs):
    """The row of a call that raises; `inputs` are shapes with dtypes, and sizes as they are."""
    tensors = [torch.ones(x[0], dtype=getattr(torch, x[1])) if isinstance(x[0], list) else x for x in inputs or ()]
    module = None
    try:
        module = make(name, args, kwargs)
        module(*tensors)
    except Exception as error:
        if (module is None) == (inputs is None):
            return {"call": [name, args, kwargs], "inputs": inputs, "kind": type(error).__name__}
    raise AssertionError(f"not rejected as expected: {name} {args} {kwargs} {inputs}")


def main():
    rows = {
        "made": [made(*call) for call in configurations()],
        "called": [called(*call) for call in configurations() if call[0].startswith("Lazy")],
        "rejected": [rejected(*call) for call in bad_calls()],
    }
    with gzip.GzipFile(Path(__file__).with_name("modules.json.gz"), "wb", mtime=0) as file:
        file.write(json.dumps(rows).encode())


main()
