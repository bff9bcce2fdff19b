"""Gradients of the pixels in PyTorch, summed over channels and patches: the gradient itself, Input x Gradient, and Integrated Gradients from
zero by the rule of Gauss and Legendre, whose nodes come from NumPy. Writes pixels.json: by model and class index the maps, and what all
pixels of Integrated Gradients should sum to.

    python3 tests/golden/pixels.py
"""

import json
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F
from PIL import Image

from network import Vit, prepare

HERE = Path(__file__).resolve().parent
NODES = 50


def logit(model, pixels, index):
    x = model.backbone(pixels)
    last = model.depth - 1
    return model.outputs(model.after_norm1(x, model.norm(x, f"blocks.{last}.norm1"), last))[1][0, index]


def gradient(model, pixels, index):
    pixels = pixels.detach().requires_grad_()
    return torch.autograd.grad(logit(model, pixels, index), pixels)[0]


def over_patches(attribution, patch):
    """[1, channels, height, width] to a list of the patches, row by row."""
    return F.avg_pool2d(attribution.sum(1), patch, divisor_override=1).reshape(-1).tolist()


def maps_of(model, pixels, index):
    nodes, weights = numpy.polynomial.legendre.leggauss(NODES)
    at = gradient(model, pixels, index)
    mean = sum(w / 2 * gradient(model, pixels * ((1 + x) / 2), index) for x, w in zip(nodes.tolist(), weights.tolist()))
    with torch.no_grad():
        full, none = (logit(model, x, index).item() for x in (pixels, torch.zeros_like(pixels)))
    return {
        "gradient": over_patches(at, model.patch),
        "input_x_gradient": over_patches(pixels * at, model.patch),
        "integrated_gradients": over_patches(pixels * mean, model.patch),
        "difference": full - none,
    }


def main():
    found = {}
    for name in ("vit-small-f32", "vit-registers-f16"):
        stored = json.loads((HERE / name / "expected.json").read_text())
        model = Vit(HERE / name)
        pixels = prepare(Image.open(HERE / "images" / stored["image"]).convert("RGB"), model.settings)
        found[name] = {index: maps_of(model, pixels, int(index)) for index in stored["classes"]}
    (HERE / "pixels.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
