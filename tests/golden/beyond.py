"""Ledger, frozen gates and routing in PyTorch, from logits and from log-odds, by autograd through a network whose gates are detached. The ledger,
which the engine computes along one row, is here the gradient with respect to what each token sends to the class token in each block. Its parts
are products of value and gradient of everything that enters the class token's row: see row_parts.
Writes beyond.json: maps and parts by model and class index.

    python3 tests/golden/beyond.py
"""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image

from network import Vit, prepare

HERE = Path(__file__).resolve().parent
MODELS = ("vit-small-f32", "vit-registers-f16", "vit-mean-pooled", "vit-non-square", "deit-distilled-bf16")


class Gated(Vit):
    """The network, step by step. With `frozen` the gradient sees 1/sigma, the gates of GELU and the attention weights as constants."""

    def run(self, pixels, frozen):
        self.frozen = frozen
        self.streams, self.weights_of, self.values = [], [], []
        with torch.no_grad():
            x = self.embed(pixels)
        x.requires_grad_()
        for i in range(self.depth):
            self.streams.append(x)
            x = self.after_norm1(x, self.norm(x, f"blocks.{i}.norm1"), i)
        return self.outputs(x)[1]

    def norm(self, x, name):
        mean, variance = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
        sigma = (variance + self.settings["eps"]).sqrt()
        sigma = sigma.detach() if self.frozen else sigma
        return (x - mean) / sigma * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]

    def attention(self, t, block):
        batch, tokens, _ = t.shape
        q, k, v = self.linear(t, f"{block}.attn.qkv").reshape(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).softmax(-1)
        weights = weights.detach() if self.frozen else weights
        self.weights_of.append(weights)
        mixed = weights @ v
        self.values.append((v, mixed))
        return self.linear(mixed.transpose(1, 2).reshape(batch, tokens, self.width), f"{block}.attn.proj")

    def after_norm1(self, x, t, i):
        block = f"blocks.{i}"
        x = x + self.attention(t, block) * self.weights.get(f"{block}.ls1.gamma", 1.0)
        hidden = self.linear(self.norm(x, f"{block}.norm2"), f"{block}.mlp.fc1")
        gate = 0.5 * (1 + torch.erf(hidden / math.sqrt(2)))
        hidden = hidden * (gate.detach() if self.frozen else gate)
        return x + self.linear(hidden, f"{block}.mlp.fc2") * self.weights.get(f"{block}.ls2.gamma", 1.0)


def target_of(logits, index, from_log_odds):
    others = torch.cat([logits[0, :index], logits[0, index + 1 :]])
    return logits[0, index] - (others.logsumexp(0) if from_log_odds else 0)


def ledger(model, gradients):
    """Sum over blocks and heads of a_i * (g . v_i), with g the gradient of what leaves the heads in the class token's row. The gradient goes
    back along that row alone: the frozen class row depends on other tokens only through their values, which are held here."""
    total = 0
    for weights, (v, _), g in zip(model.weights_of, model.values, gradients):
        total = total + (weights[0, :, 0] * (v[0] @ g.unsqueeze(-1)).squeeze(-1)).sum(0)
    return total


def row_gradients(model, target):
    """g of every block, by a backward pass along the class token's row by itself."""
    (r,) = torch.autograd.grad(target, model.last, retain_graph=True)
    r = r[0, 0]
    found = []
    for i in reversed(range(model.depth)):
        block = f"blocks.{i}"
        weights = model.weights
        ls1, ls2 = (weights.get(f"{block}.{name}.gamma", torch.ones(model.width)) for name in ("ls1", "ls2"))
        attended = model.attended[i][0, 0]
        hidden = model.linear(model.norm(attended, f"{block}.norm2"), f"{block}.mlp.fc1")
        gate = 0.5 * (1 + torch.erf(hidden / math.sqrt(2)))
        r = r + through_norm(model, attended, f"{block}.norm2", (gate * ((ls2 * r) @ weights[f"{block}.mlp.fc2.weight"])) @ weights[f"{block}.mlp.fc1.weight"])
        g = ((ls1 * r) @ weights[f"{block}.attn.proj.weight"]).reshape(model.heads, -1)
        found.append(g)
        value = weights[f"{block}.attn.qkv.weight"][2 * model.width :].reshape(model.heads, -1, model.width)
        own = torch.einsum("h,hd,hdw->w", model.weights_of[i][0, :, 0, 0], g, value)
        r = r + through_norm(model, model.streams[i][0, 0], f"{block}.norm1", own)
    return found[::-1]


def row_parts(model, index, from_log_odds):
    """The class token's row computed forward by itself, with 1/sigma, gates and attention weights as constants. What enters it (messages of other
    tokens, the embedding, every bias) are leaves, so that each leaf times its gradient is its part. `readings` are [blocks, heads, tokens]; for the
    class token the constant part of its own value. The biases of each block are those of MLP, norm2 and projection."""
    w, width, heads = model.weights, model.width, model.heads
    leaves = {}

    def leaf(name, value):
        leaves[name] = value.detach().clone().requires_grad_()
        return leaves[name]

    def frozen_norm(x, at, name, bias):
        sigma = (at.var(unbiased=False) + model.settings["eps"]).sqrt()
        return (x - x.mean(-1, keepdim=True)) / sigma * w[f"{name}.weight"] + bias

    x = leaf("embedding", model.streams[0][0, 0])
    for i in range(model.depth):
        block = f"blocks.{i}"
        ls1, ls2 = (w.get(f"{block}.{name}.gamma", torch.ones(width)) for name in ("ls1", "ls2"))
        bias = w.get(f"{block}.attn.qkv.bias", torch.zeros(3 * width))
        a, v = model.weights_of[i][0, :, 0].detach(), model.values[i][0][0].detach()
        # A row of norm1 for each head, so that the constant part of each head's value is told apart.
        shift = leaf(f"{i} norm1", w[f"{block}.norm1.bias"].expand(heads, width))
        t = frozen_norm(x, x.detach(), f"{block}.norm1", shift)
        own = torch.einsum("hw,hdw->hd", t, w[f"{block}.attn.qkv.weight"][2 * width :].reshape(heads, -1, width))
        own = own + leaf(f"{i} value", bias[2 * width :].reshape(heads, -1))
        sent = leaf(f"{i} sent", a[:, 1:, None] * v[:, 1:])
        mixed = (a[:, :1] * own + sent.sum(1)).reshape(width)
        x = x + (mixed @ w[f"{block}.attn.proj.weight"].T + leaf(f"{i} proj", w[f"{block}.attn.proj.bias"])) * ls1
        normalised = frozen_norm(x, x.detach(), f"{block}.norm2", leaf(f"{i} norm2", w[f"{block}.norm2.bias"]))
        hidden = normalised @ w[f"{block}.mlp.fc1.weight"].T + leaf(f"{i} fc1", w[f"{block}.mlp.fc1.bias"])
        hidden = hidden * (0.5 * (1 + torch.erf(hidden / math.sqrt(2)))).detach()
        x = x + (hidden @ w[f"{block}.mlp.fc2.weight"].T + leaf(f"{i} fc2", w[f"{block}.mlp.fc2.bias"])) * ls2
    z = frozen_norm(x, x.detach(), "norm", leaf("final_norm", w["norm.bias"]))
    logits = (z @ w["head.weight"].T + leaf("head", w["head.bias"]))[None]
    target_of(logits, index, from_log_odds).backward()
    product = {name: value.detach() * value.grad for name, value in leaves.items()}
    readings = [
        torch.cat([(product[f"{i} norm1"].sum(-1) + product[f"{i} value"].sum(-1))[:, None], product[f"{i} sent"].sum(-1)], 1) for i in range(model.depth)
    ]
    biases = [
        [product[f"{i} fc1"].sum() + product[f"{i} fc2"].sum(), product[f"{i} norm2"].sum(), product[f"{i} proj"].sum()] for i in range(model.depth)
    ]
    rest = {name: product[name].sum().item() for name in ("embedding", "final_norm", "head")}
    return rounded({"readings": torch.stack(readings).tolist(), "biases": torch.tensor(biases).tolist(), **rest})


def rounded(value):
    """The same numbers with six digits, which are enough to compare and take half of the room."""
    if isinstance(value, dict):
        return {name: rounded(item) for name, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else float(f"{value:.6g}")


def through_norm(model, x, name, r):
    scaled = model.weights[f"{name}.weight"] * r
    return (scaled - scaled.mean()) / (x.var(unbiased=False) + model.settings["eps"]).sqrt()


def explain(model, pixels, index, from_log_odds):
    p = model.prefix_tokens
    parts = None
    logits = model.run(pixels, frozen=True)
    target = target_of(logits, index, from_log_odds)
    gradients = torch.autograd.grad(target, model.streams, retain_graph=True)
    frozen = sum((x * g).sum(-1)[0] for x, g in zip(model.streams, gradients)) / model.depth
    found = {"frozen_gates": frozen}
    if model.settings["pool"] == "token" and "head_dist.weight" not in model.weights:
        parts = row_parts(model, index, from_log_odds)
        with torch.no_grad():
            model.attended = [
                x + model.linear(mixed.transpose(1, 2).reshape(x.shape), f"blocks.{i}.attn.proj") * model.weights.get(f"blocks.{i}.ls1.gamma", 1.0)
                for i, (x, (_, mixed)) in enumerate(zip(model.streams, model.values))
            ]
        model.last = model.after_norm1(model.streams[-1], model.norm(model.streams[-1], f"blocks.{model.depth - 1}.norm1"), model.depth - 1)
        model.weights_of, model.values = model.weights_of[:-1], model.values[:-1]
        target = target_of(model.outputs(model.last)[1], index, from_log_odds)
        found["ledger"] = ledger(model, row_gradients(model, target))
    target = target_of(model.run(pixels, frozen=False), index, from_log_odds)
    drawn = 0
    for a, da in zip(model.weights_of, torch.autograd.grad(target, model.weights_of)):
        moved = a * da
        drawn = drawn + (moved - a * moved.sum(-1, keepdim=True)).sum((0, 1, 2))
    found["frozen_gates_and_routing"] = frozen + drawn
    found = {name: values[p:].tolist() for name, values in found.items()}
    if parts is not None:
        found["parts"] = parts
    return {name + ("_log_odds" if from_log_odds else ""): values for name, values in found.items()}


def main():
    found = {}
    for name in MODELS:
        stored = json.loads((HERE / name / "expected.json").read_text())
        model = Gated(HERE / name)
        pixels = prepare(Image.open(HERE / "images" / stored["image"]).convert("RGB"), model.settings)
        found[name] = {
            index: {**explain(model, pixels, int(index), False), **explain(model, pixels, int(index), True)} for index in list(stored["classes"])[:2]
        }
    (HERE / "beyond.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
