"""Partial LRP in PyTorch, for all tokens and with autograd for every step, to compare with the engine, which computes only the row of the
class token. Writes partial-lrp.json: maps by model and class index.

    python3 tests/golden/partial_lrp.py
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image

from network import Vit, prepare

HERE = Path(__file__).resolve().parent


def share(outputs, inputs, relevance):
    """Relevance of each input: the input times the gradient of (outputs · relevance/outputs), where the quotient is held fixed."""
    quotient = relevance / (outputs + 1e-9 * torch.where(outputs < 0, -1.0, 1.0))
    return [x * g for x, g in zip(inputs, torch.autograd.grad(outputs, inputs, quotient.detach(), retain_graph=True))]


def through_linear(x, weight, relevance):
    """The rule alpha = 1: relevance is divided among positive inputs with positive weights, and among negative with negative; no bias."""
    total = torch.zeros_like(x)
    for sign in (1, -1):
        part = (x * sign).clamp(min=0).mul(sign).detach().requires_grad_()
        total = total + share(F.linear(part, (weight * sign).clamp(min=0) * sign), [part], relevance)[0]
    return total.detach()


def partial_lrp(model, pixels, index):
    block, weights = f"blocks.{model.depth - 1}", model.weights
    scaled = lambda layer, scale: weights[f"{block}.{layer}.weight"] * weights.get(f"{block}.{scale}.gamma", torch.ones(1)).reshape(-1, 1)
    with torch.no_grad():
        x = model.backbone(pixels)
        t = model.norm(x, f"{block}.norm1")
        q, k, v = model.linear(t, f"{block}.attn.qkv").reshape(1, t.shape[1], 3, model.heads, -1).permute(2, 0, 3, 1, 4)
        a = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).softmax(-1)
        mixed = (a @ v).transpose(1, 2).reshape(x.shape)
        attended = model.linear(mixed, f"{block}.attn.proj") * weights.get(f"{block}.ls1.gamma", 1.0)
        middle = x + attended
        normalised = model.norm(middle, f"{block}.norm2")
        hidden = F.gelu(model.linear(normalised, f"{block}.mlp.fc1"))
        added = model.linear(hidden, f"{block}.mlp.fc2") * weights.get(f"{block}.ls2.gamma", 1.0)
        latent = model.norm(middle + added, "norm")
    relevance = through_linear(latent[:, 0], weights["head.weight"], F.one_hot(torch.tensor([index]), len(weights["head.bias"])).float())
    relevance = torch.cat([relevance[:, None], torch.zeros(1, x.shape[1] - 1, x.shape[2])], 1)
    a1, b1 = middle.requires_grad_(), added.requires_grad_()
    skip, mlp = share(a1 + b1, [a1, b1], relevance)
    mlp = through_linear(normalised, weights[f"{block}.mlp.fc1.weight"], through_linear(hidden, scaled("mlp.fc2", "ls2"), mlp.detach()))
    a2, b2 = x.requires_grad_(), attended.requires_grad_()
    _, attention = share(a2 + b2, [a2, b2], skip.detach() + mlp)
    attention = through_linear(mixed, scaled("attn.proj", "ls1"), attention.detach())
    attention = attention.reshape(1, x.shape[1], model.heads, -1).transpose(1, 2)
    maps, values = a.requires_grad_(), v.requires_grad_()
    of_maps, _ = share(maps @ values, [maps, values], attention)
    return (of_maps / 2).clamp(min=0).mean(1)[0, 0, model.prefix_tokens :].tolist()


def main():
    found = {}
    for name in ("vit-small-f32", "vit-registers-f16"):
        stored = json.loads((HERE / name / "expected.json").read_text())
        model = Vit(HERE / name)
        pixels = prepare(Image.open(HERE / "images" / stored["image"]).convert("RGB"), model.settings)
        found[name] = {index: partial_lrp(model, pixels, int(index)) for index in stored["classes"]}
    (HERE / "partial-lrp.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
