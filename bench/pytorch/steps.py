"""The ops of worker/train.ts, optim.ts, infer.ts and data.ts."""
import torch
import torch.nn.functional as F
from torch import nn, randint, randn
from torch.utils.data import DataLoader, TensorDataset

from pytorch.models import GPT, LastStep, cnn, lenet, mlp, resnet18
from pytorch.table import OPS

# --- train.ts

def step(loss, optimizer):
    def call():
        optimizer.zero_grad(set_to_none=True)
        value = loss()
        value.backward()
        optimizer.step()
        return value
    return call


def train_images(model, b):
    x, y = randn(b, 1, 28, 28), randint(0, 10, (b,))
    return step(lambda: F.cross_entropy(model(x), y), torch.optim.SGD(model.parameters(), lr=.01, momentum=.9))


def train_mlp(b, opt="adam"):
    model, x, y = mlp(), randn(b, 784), randint(0, 10, (b,))
    return step(lambda: F.cross_entropy(model(x), y), torch.optim.Adam(model.parameters(), lr=1e-3))


def train_resnet18(b, img, classes):
    model, x, y = resnet18(classes, img).train(), randn(b, 3, img, img), randint(0, classes, (b,))
    return step(lambda: F.cross_entropy(model(x), y), torch.optim.SGD(model.parameters(), lr=.01))


def train_lstm(b, seq, d, h, layers, classes):
    model, x, y = LastStep(d, h, layers, classes), randn(b, seq, d), randint(0, classes, (b,))
    return step(lambda: F.cross_entropy(model(x), y), torch.optim.Adam(model.parameters(), lr=1e-3))


def train_gpt(b, **sizes):
    model, vocab, seq = GPT(**sizes), sizes["vocab"], sizes["seq"]
    tokens, targets = randint(0, vocab, (b, seq)), randint(0, vocab, (b * seq,))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4, betas=(.9, .95), weight_decay=.1)
    return step(lambda: F.cross_entropy(model(tokens).view(-1, vocab), targets), optimizer)


# --- optim.ts

def parameters(tensors, n, scale):
    result = [nn.Parameter(randn(n)) for _ in range(tensors)]
    for parameter in result:
        parameter.grad = randn(n) * scale
    return result


def optimizer_step(opt, tensors, n, foreach):
    params = parameters(tensors, n, 1e-3)
    if opt == "adam":
        return torch.optim.Adam(params, lr=1e-3, foreach=foreach).step
    if opt == "adamw":
        return torch.optim.AdamW(params, lr=1e-3, weight_decay=.01, foreach=foreach).step
    return torch.optim.SGD(params, lr=.01, momentum=.9, foreach=foreach).step


def clip(tensors, n):
    params = parameters(tensors, n, 1)
    return lambda: nn.utils.clip_grad_norm_(params, 1.0)


# --- infer.ts

def inference(model, x):
    model.eval()

    def call():
        with torch.no_grad():
            return model(x)
    return call


def infer_transformer(b, seq, d, heads, ffn, layers):
    layer = nn.TransformerEncoderLayer(d, heads, ffn, batch_first=True)
    return inference(nn.TransformerEncoder(layer, layers), randn(b, seq, d))


# --- data.ts

def loader(n, b, workers):
    images = randint(0, 256, (n, 1, 28, 28), dtype=torch.uint8)
    batches = DataLoader(TensorDataset(images, randint(0, 10, (n,))), batch_size=b, shuffle=True, num_workers=workers)
    return lambda: sum(x.shape[0] for x, _ in batches)


OPS.update({
    "train.mlp": train_mlp,
    "train.lenet": lambda b: train_images(lenet(), b),
    "train.cnn": lambda b: train_images(cnn(), b),
    "train.resnet18": train_resnet18,
    "train.lstm": train_lstm,
    "train.gpt": train_gpt,
    "opt.step": optimizer_step,
    "opt.clip": clip,
    "infer.resnet18": lambda b: inference(resnet18(1000, 224), randn(b, 3, 224, 224)),
    "infer.transformer": infer_transformer,
    "infer.lstm": lambda b, seq, d, h, layers: inference(nn.LSTM(d, h, layers, batch_first=True), randn(b, seq, d)),
    "infer.mlp": lambda b: inference(mlp(), randn(b, 784)),
    "infer.gpt": lambda b, **sizes: inference(GPT(**sizes), randint(0, sizes["vocab"], (b, sizes["seq"]))),
    "infer.linear": lambda b, n: inference(nn.Linear(n, n), randn(b, n)),
    "data.loader": loader,
})
