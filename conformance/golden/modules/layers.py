"""Records what layers of PyTorch 1.13 look like, for conformance/modules_pytorch_layers.test.ts.

    python3 conformance/golden/modules/layers.py     writes layers.json.gz beside this file

Each case is a call of a constructor after manual_seed(7), with what came of it: its text, its plain attributes, the state
dict (name, shape, dtype, sum and sum of sizes of the first values) and the names of the buffers. Each program is a list of
method calls on a container, with the text after each of them.
"""
import gzip
import json
import pathlib
import warnings

import torch
from torch import nn


def M(module, *args, **options):
    return {"module": module, "args": list(args), "options": options}


def ones(*shape):
    return {"ones": list(shape)}


def cut(start=None, stop=None, step=None):
    return {"slice": [start, stop, step]}


PLAIN = """ELU Hardshrink Hardsigmoid Hardtanh Hardswish LeakyReLU LogSigmoid PReLU ReLU ReLU6 RReLU SELU CELU GELU Sigmoid
SiLU Mish Softplus Softshrink Softsign Tanh Tanhshrink GLU Softmin Softmax Softmax2d LogSoftmax L1Loss MSELoss SmoothL1Loss
HuberLoss NLLLoss NLLLoss2d CrossEntropyLoss BCELoss BCEWithLogitsLoss KLDivLoss PoissonNLLLoss GaussianNLLLoss
HingeEmbeddingLoss CosineEmbeddingLoss MarginRankingLoss SoftMarginLoss TripletMarginLoss TripletMarginWithDistanceLoss
MultiMarginLoss MultiLabelMarginLoss MultiLabelSoftMarginLoss CTCLoss CosineSimilarity PairwiseDistance Sequential
ModuleList ModuleDict ParameterList ParameterDict""".split()

ENCODER = M("TransformerEncoderLayer", 4, 2, 8)
DECODER = M("TransformerDecoderLayer", 4, 2, 8)

CASES = [M(name) for name in PLAIN] + [
    M("ELU", 0.5, inplace=True),
    M("Hardshrink", 0.25),
    M("Hardtanh", -2.5, 2.5, inplace=True),
    M("Hardsigmoid", inplace=True),
    M("Hardswish", inplace=True),
    M("LeakyReLU", 0.2, inplace=True),
    M("PReLU", 3, 0.1),
    M("ReLU", inplace=True),
    M("ReLU6", inplace=True),
    M("RReLU", 0.1, 0.5, inplace=True),
    M("SELU", inplace=True),
    M("CELU", 2.0, inplace=True),
    M("GELU", "tanh"),
    M("SiLU", inplace=True),
    M("Mish", inplace=True),
    M("Softplus", 0.5, 10.5),
    M("Softshrink", 0.1),
    M("Threshold", 0.1, 20),
    M("Threshold", 1, 0.5, inplace=True),
    M("GLU", 1),
    M("Softmin", 1),
    M("Softmax", -1),
    M("LogSoftmax", 0),
    M("L1Loss", reduction="sum"),
    M("L1Loss", size_average=False),
    M("L1Loss", reduce=False),
    M("MSELoss", True, True),
    M("SmoothL1Loss", beta=0.5),
    M("HuberLoss", delta=0.5),
    M("KLDivLoss", reduction="batchmean", log_target=True),
    M("PoissonNLLLoss", False, True),
    M("GaussianNLLLoss", full=True, eps=0.1),
    M("TripletMarginLoss", 2.0, 1.0, swap=True),
    M("TripletMarginWithDistanceLoss", margin=2.0, swap=True),
    M("MultiMarginLoss", 2, 0.5, weight=ones(3)),
    M("MultiLabelSoftMarginLoss", ones(3)),
    M("CTCLoss", 1, zero_infinity=True),
    M("NLLLoss", ones(3), ignore_index=2),
    M("CrossEntropyLoss", ones(3), label_smoothing=0.1),
    M("BCELoss", ones(3)),
    M("BCEWithLogitsLoss", ones(3), pos_weight=ones(3)),
    M("AdaptiveLogSoftmaxWithLoss", 4, 12, [3, 7]),
    M("AdaptiveLogSoftmaxWithLoss", 8, 20, [5, 10, 15], div_value=2.0, head_bias=True),
    M("RNN", 3, 4),
    M("RNN", 3, 4, 2, nonlinearity="relu", bias=False, batch_first=True, dropout=0.5, bidirectional=True),
    M("LSTM", 3, 4),
    M("LSTM", 3, 4, 2, proj_size=2, bidirectional=True),
    M("LSTM", 3, 4, proj_size=2, bias=False),
    M("GRU", 3, 4, 3, batch_first=True),
    M("RNNBase", "LSTM", 3, 4),
    M("RNNCell", 3, 4),
    M("RNNCell", 3, 4, bias=False, nonlinearity="relu"),
    M("LSTMCell", 3, 4),
    M("GRUCell", 3, 4, bias=False),
    M("RNNCellBase", 3, 4, True, 2),
    M("MultiheadAttention", 4, 2),
    M("MultiheadAttention", 4, 2, dropout=0.1, bias=False, add_bias_kv=True, add_zero_attn=True, batch_first=True),
    M("MultiheadAttention", 4, 2, kdim=3, vdim=5),
    ENCODER,
    M("TransformerEncoderLayer", 4, 2, 8, 0.2, activation="gelu", norm_first=True, batch_first=True, layer_norm_eps=0.001),
    DECODER,
    M("TransformerDecoderLayer", 4, 2, 8, norm_first=True),
    M("TransformerEncoder", ENCODER, 2, M("LayerNorm", 4), enable_nested_tensor=False),
    M("TransformerDecoder", DECODER, 2),
    M("Transformer", 4, 2, 2, 1, 8),
    M("Transformer", 4, 2, 1, 1, 8, batch_first=True, norm_first=True, activation="gelu"),
    M("Embedding", 5, 3),
    M("Embedding", 5, 3, padding_idx=-1, max_norm=1.5, norm_type=1.0, scale_grad_by_freq=True, sparse=True),
    M("EmbeddingBag", 5, 3),
    M("EmbeddingBag", 5, 3, 1.5, 1.0, True, "sum", True, include_last_offset=True, padding_idx=2),
    M("CosineSimilarity", 0, 0.1),
    M("PairwiseDistance", 1.0, keepdim=True),
    M("DataParallel", M("Linear", 2, 3)),
    M("Sequential", M("Linear", 2, 3), M("ReLU"), M("Sequential", M("Linear", 3, 1))),
    M("ModuleList", [M("Linear", 2, 3), M("Linear", 2, 3)]),
    M("ParameterList", [ones(2), ones(3, 1)]),
    M("ParameterDict", [["b", ones(2)], ["a", ones(3)]]),
]

THREE = [M("ReLU"), M("Tanh"), M("Mish")]
PROGRAMS = [
    (
        M("Sequential", *THREE),
        [
            ["insert", 1, M("GELU")],
            ["insert", -1, M("SELU")],
            ["pop", 0],
            ["pop", -1],
            ["append", M("ReLU6")],
            ["extend", [M("Sigmoid")]],
            ["set", -1, M("SiLU")],
            ["at", cut(1)],
            ["at", cut(-3, -1)],
        ],
    ),
    (
        M("ModuleList", THREE),
        [
            ["insert", 0, M("GELU")],
            ["pop", 1],
            ["append", M("ReLU6")],
            ["extend", [M("Sigmoid"), M("Sigmoid")]],
            ["set", 0, M("SiLU")],
            ["at", cut(1, 3)],
            ["at", cut(None, None, 2)],
        ],
    ),
    (
        M("ModuleDict", [["b", M("ReLU")], ["a", M("Tanh")]]),
        [
            ["update", [["c", M("GELU")], ["b", M("SELU")]]],
            ["pop", "a"],
            ["set", "a", M("Mish")],
            ["clear"],
        ],
    ),
    (
        M("ParameterList", [ones(2)]),
        [["append", ones(1, 2)], ["extend", [ones(3), ones(4)]], ["set", 0, ones(5)], ["at", cut(1, 3)]],
    ),
    (
        M("ParameterDict", [["b", ones(2)]]),
        [
            ["update", [["c", ones(1)], ["a", ones(3)]]],
            ["setdefault", "d", ones(4)],
            ["setdefault", "b", ones(5)],
            ["pop", "c"],
            ["popitem"],
            ["copy"],
            ["clear"],
        ],
    ),
]


def build(value):
    """The Python value that a description means."""
    if isinstance(value, list):
        return [build(v) for v in value]
    if not isinstance(value, dict):
        return value
    if "ones" in value:
        return torch.ones(*value["ones"])
    if "slice" in value:
        return slice(*value["slice"])
    options = {name: build(v) for name, v in value["options"].items()}
    return getattr(nn, value["module"])(*build(value["args"]), **options)


def is_plain(value):
    if isinstance(value, (list, tuple)):
        return all(isinstance(v, int) for v in value)
    return value is None or isinstance(value, (bool, int, float, str))


def record(case):
    torch.manual_seed(7)
    module = build(case)
    fields = {k: v for k, v in vars(module).items() if not k.startswith("_") and k != "training"}
    state = [
        [name, list(t.shape), str(t.dtype), round(t.double().sum().item(), 6), round(t.double().abs().sum().item(), 6)]
        for name, t in module.state_dict().items()
    ]
    return {
        "call": case,
        "text": repr(module),
        "attributes": {k: v for k, v in fields.items() if is_plain(v) and not k.isdigit()},
        "state": state,
        "buffers": [name for name, _ in module.named_buffers()],
    }


def run(start, steps):
    module = build(start)
    texts = []
    for name, *args in steps:
        args = build(args)
        shown = module
        if name == "at":
            shown = module[args[0]]
        elif name == "set":
            module[args[0]] = args[1]
        else:
            getattr(module, name)(*args)
        texts.append(repr(shown))
    return {"start": start, "steps": steps, "texts": texts}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    recorded = {"cases": [record(c) for c in CASES], "programs": [run(*p) for p in PROGRAMS]}
    text = json.dumps(recorded, separators=(",", ":"))
    path = pathlib.Path(__file__).with_name("layers.json.gz")
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
