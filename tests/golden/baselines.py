"""The methods that the paper's are compared with, in PyTorch: LayerCAM, Grad-CAM++, Finer-CAM, LeGrad, direct decomposition and transformer
attribution. All tokens are computed, in 64 bits and with autograd for every step: where the engine computes one row, or a closed form, or shares what classes
have in common, nothing is shared here. Writes baselines.json: maps by model and class index, from logits and, where a method has the choice, from log-odds.

    python3 tests/golden/baselines.py
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


class Stepwise(Vit):
    """The network in 64 bits, which keeps what each block computes on its way."""

    def __init__(self, folder):
        super().__init__(folder)
        self.weights = {name: weight.double() for name, weight in self.weights.items()}
        self.prefix = [token.double() for token in self.prefix]

    def scaled(self, i, layer, scale):
        """The weight of a layer with its LayerScale."""
        return self.weights[f"blocks.{i}.{layer}.weight"] * self.weights.get(f"blocks.{i}.{scale}.gamma", torch.ones(1)).reshape(-1, 1)

    def added_by(self, x, i, layer, scale):
        return self.linear(x, f"blocks.{i}.{layer}") * self.weights.get(f"blocks.{i}.{scale}.gamma", 1.0)

    def first_half(self, x, i, t=None):
        """As far as what the attention adds. The attention weights, by themselves, are what gradients are asked for."""
        block = f"blocks.{i}"
        t = self.norm(x, f"{block}.norm1") if t is None else t
        q, k, v = self.linear(t, f"{block}.attn.qkv").reshape(1, t.shape[1], 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        a = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).softmax(-1)
        return {"x": x, "t": t, "q": q, "k": k, "v": v, "a": a}

    def second_half(self, made, i):
        """What leaves the block, from its attention weights; all steps are added to `made`."""
        block, x = f"blocks.{i}", made["x"]
        made["mixed"] = (made["a"] @ made["v"]).transpose(1, 2).reshape(x.shape)
        made["attended"] = self.added_by(made["mixed"], i, "attn.proj", "ls1")
        made["middle"] = x + made["attended"]
        made["normalised"] = self.norm(made["middle"], f"{block}.norm2")
        made["hidden"] = F.gelu(self.linear(made["normalised"], f"{block}.mlp.fc1"))
        made["added"] = self.added_by(made["hidden"], i, "mlp.fc2", "ls2")
        return made["middle"] + made["added"]

    def run(self, x):
        """(steps of each block, output of the last), from the embedded picture"""
        blocks = []
        for i in range(self.depth):
            blocks.append(self.first_half(x, i))
            x = self.second_half(blocks[-1], i)
        return blocks, x


def target_of(logits, index, from_log_odds):
    others = torch.cat([logits[0, :index], logits[0, index + 1 :]])
    return logits[0, index] - (others.logsumexp(0) if from_log_odds else 0)


# ---------------------------------------------------------------- the family of Grad-CAM, on the patches of the last block's norm1

def tokens_and_gradient(model, blocks, target):
    x, t, i = blocks[-1]["x"], blocks[-1]["t"].detach().requires_grad_(), model.depth - 1
    logits = model.outputs(model.second_half(model.first_half(x, i, t), i))[1]
    (gradient,) = torch.autograd.grad(target(logits), t)
    return t.detach()[0, model.prefix_tokens :], gradient[0, model.prefix_tokens :]


def layer_cam(t, g):
    return (g.clamp(min=0) * t).sum(1).clamp(min=0)


def grad_cam_plus_plus(t, g):
    alpha = g**2 / (2 * g**2 + t.sum(0) * g**3 + 1e-6)
    alpha = torch.where(g != 0, alpha, torch.zeros_like(alpha))
    return (t @ (g.clamp(min=0) * alpha).sum(0)).clamp(min=0)


def grad_cam(t, g):
    return (t @ g.mean(0)).clamp(min=0)


def similar_to(logits, index, count):
    """The classes of the nearest logits, the class itself not among them."""
    return [c for c in (logits[0] - logits[0, index]).abs().argsort().tolist() if c != index][:count]


def finer_cam(model, blocks, logits, index, gamma, count):
    others = similar_to(logits, index, count)
    return grad_cam(*tokens_and_gradient(model, blocks, lambda y: y[0, index] - gamma * y[0, others].mean()))


# ---------------------------------------------------------------- LeGrad

def legrad(model, blocks, target):
    total = 0
    for i, made in enumerate(blocks):
        step = {**made, "a": made["a"].detach().requires_grad_()}
        score = target(model.outputs(model.second_half(step, i))[1])
        (gradient,) = torch.autograd.grad(score, step["a"])
        total = total + gradient[0].clamp(min=0).mean(0).mean(0)
    return total[model.prefix_tokens :]


# ---------------------------------------------------------------- direct decomposition

def direct_decomposition(model, blocks, out, target):
    """Every term of the sum that the class token's output is, times the gradient by that output with the norm's sigma held."""
    row = out[0, 0].detach().requires_grad_()
    sigma = (row.detach().var(unbiased=False) + model.settings["eps"]).sqrt()
    normed = (row - row.mean()) / sigma * model.weights["norm.weight"] + model.weights["norm.bias"]
    score = target(model.linear(normed[None], "head"))
    (r,) = torch.autograd.grad(score, row)
    scores, rest = 0, r @ blocks[0]["x"][0, 0]
    for i, made in enumerate(blocks):
        weight = model.scaled(i, "attn.proj", "ls1").reshape(model.width, model.heads, -1)
        terms = torch.einsum("hi,hif,whf->iw", made["a"][0, :, 0], made["v"][0], weight)
        scores = scores + terms @ r
        bias = model.weights[f"blocks.{i}.attn.proj.bias"] * model.weights.get(f"blocks.{i}.ls1.gamma", 1.0)
        rest = rest + r @ (bias + made["added"][0, 0])
    # The terms, what the MLPs added, biases and the embedding are all of the output.
    assert torch.isclose(scores.sum() + rest, r @ row.detach(), rtol=1e-9), (scores.sum() + rest, r @ row)
    return scores[model.prefix_tokens :]


# ---------------------------------------------------------------- transformer attribution

def divide(relevance, by):
    return relevance / (by + 1e-9 * torch.where(by < 0, -1.0, 1.0))


def share(outputs, inputs, relevance):
    """Relevance of each input: the input times the gradient of (outputs . relevance/outputs), where the quotient is held fixed."""
    gradients = torch.autograd.grad(outputs, inputs, divide(relevance, outputs).detach())
    return [(x * g).detach() for x, g in zip(inputs, gradients)]


def leaf(x):
    return x.detach().requires_grad_()


def through_linear(x, weight, relevance):
    """The rule alpha = 1 with one denominator: all products of positive inputs with positive weights, and of negative with negative."""
    up, down = leaf(x.clamp(min=0)), leaf(x.clamp(max=0))
    return sum(share(F.linear(up, weight.clamp(min=0)) + F.linear(down, weight.clamp(max=0)), [up, down], relevance))


def through_sum(a, b, relevance):
    a, b = leaf(a), leaf(b)
    parts = share(a + b, [a, b], relevance)
    sizes = [part.sum().abs() for part in parts]
    return [part * (size / sum(sizes) * relevance.sum() / part.sum()) for part, size in zip(parts, sizes)]


def through_product(product, a, b, relevance):
    a, b = leaf(a), leaf(b)
    return [part / 2 for part in share(product(a, b), [a, b], relevance)]


def attention_relevances(model, blocks, out, index):
    """The relevance of the attention weights of each block, [heads, tokens, tokens]."""
    name = lambda i, layer: model.weights[f"blocks.{i}.{layer}.weight"]
    latent = model.outputs(out)[0].detach()
    of_latent = through_linear(latent, model.weights["head.weight"], F.one_hot(torch.tensor([index]), len(model.weights["head.bias"])).double())
    relevance = torch.cat([of_latent[:, None], torch.zeros_like(out[:, 1:])], 1)
    found = []
    for i in reversed(range(model.depth)):
        made = blocks[i]
        apart = lambda x: x.reshape(1, x.shape[1], model.heads, -1).transpose(1, 2)
        together = lambda x: x.transpose(1, 2).reshape(1, x.shape[2], -1)
        skip, mlp = through_sum(made["middle"], made["added"], relevance)
        mlp = through_linear(made["normalised"], name(i, "mlp.fc1"), through_linear(made["hidden"], model.scaled(i, "mlp.fc2", "ls2"), mlp))
        skip, attention = through_sum(made["x"], made["attended"], skip + mlp)
        mixed = apart(through_linear(made["mixed"], model.scaled(i, "attn.proj", "ls1"), attention))
        of_a, of_v = through_product(lambda a, v: a @ v, made["a"], made["v"], mixed)
        of_q, of_k = through_product(lambda q, k: q @ k.transpose(-1, -2), made["q"], made["k"], of_a)
        of_qkv = torch.cat([together(of_q), together(of_k), together(of_v)], 2)
        relevance = skip + through_linear(made["t"], name(i, "attn.qkv"), of_qkv)
        # Every rule divides relevance and loses none.
        assert torch.isclose(relevance.sum(), torch.tensor(1.0).double(), rtol=1e-4), relevance.sum()
        found.append(of_a[0])
    return found[::-1]


def transformer_attribution(model, blocks, out, logits, index):
    gradients = torch.autograd.grad(logits[0, index], [made["a"] for made in blocks], retain_graph=True)
    rollout = torch.eye(out.shape[1]).double()
    for relevance, gradient in zip(attention_relevances(model, blocks, out, index), gradients):
        rollout = (torch.eye(out.shape[1]) + (relevance * gradient[0]).clamp(min=0).mean(0)) @ rollout
    return rollout[0, model.prefix_tokens :].detach()


# ---------------------------------------------------------------- all of them

def explain(model, embedded, index):
    blocks, out = model.run(embedded)
    logits = model.outputs(out)[1]
    reads_class_token = model.settings["pool"] == "token" and "head_dist.weight" not in model.weights
    found = {"similar": similar_to(logits, index, 3), "finer_cam": finer_cam(model, blocks, logits, index, 0.6, 3)}
    found["finer_cam_one_whole"] = finer_cam(model, blocks, logits, index, 1, 1)
    for ending, from_log_odds in (("", False), ("_log_odds", True)):
        target = lambda y: target_of(y, index, from_log_odds)
        t, g = tokens_and_gradient(model, blocks, target)
        found["layer_cam" + ending] = layer_cam(t, g)
        found["grad_cam_plus_plus" + ending] = grad_cam_plus_plus(t, g)
        found["legrad" + ending] = legrad(model, blocks, target)
        if reads_class_token:
            found["direct_decomposition" + ending] = direct_decomposition(model, blocks, out, target)
    if reads_class_token:
        every = [direct_decomposition(model, blocks, out, lambda y, c=c: y[0, c]) for c in range(logits.shape[1])]
        found["direct_decomposition_centred"] = found["direct_decomposition"] - sum(every) / len(every)
        found["transformer_attribution"] = transformer_attribution(model, blocks, out, logits, index)
    return {name: torch.as_tensor(values).detach() for name, values in found.items()}


def moved(model, embedded, index, maps):
    """How far each map moves, as a share of its largest score, when the embedding moves by 2^-22 of its largest value, which is two roundings to
    32 bits. Grad-CAM++ and transformer attribution divide by sums that may nearly cancel: what is computed in 32 bits can be no nearer to them than
    this, PyTorch included."""
    generator, found = torch.Generator().manual_seed(0), dict.fromkeys(maps, 0.0)
    for _ in range(8):
        noise = torch.randn(embedded.shape, generator=generator).double() * 2**-22 * embedded.abs().max()
        for name, values in explain(model, (embedded + noise).detach().requires_grad_(), index).items():
            largest = maps[name].abs().max()
            if largest > 0:
                found[name] = max(found[name], float((values - maps[name]).abs().max() / largest))
    return {name: float(f"{share:.2g}") for name, share in found.items()}


def main():
    found = {}
    for name in MODELS:
        stored = json.loads((HERE / name / "expected.json").read_text())
        model = Stepwise(HERE / name)
        pixels = prepare(Image.open(HERE / "images" / stored["image"]).convert("RGB"), model.settings).double()
        embedded = model.embed(pixels).detach().requires_grad_()
        found[name] = {}
        for index in list(stored["classes"])[:2]:
            maps = explain(model, embedded, int(index))
            rounded = {key: [float(f"{x:.8g}") for x in values.tolist()] for key, values in maps.items()}
            found[name][index] = {**rounded, "moved": moved(model, embedded, int(index), maps)}
    (HERE / "baselines.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
