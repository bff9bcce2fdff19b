"""ViT-CX and TIS in PyTorch, as their authors' code has them, with the engine's random numbers: pixels are interpolated by F.interpolate,
cosines are computed over pixels, clusters are found by comparing all their members, and each masked picture is run through the whole network.
Maps are raw means: where the authors stretch them to 0...1, that is left to those who draw them.
Writes perturbation.json: maps by model and class index, and how many masks there were.

    python3 tests/golden/perturbation.py
"""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image

from network import Vit, prepare

HERE = Path(__file__).resolve().parent
MODELS = ("vit-small-f32", "vit-registers-f16", "vit-mean-pooled", "vit-non-square")
SEED, THRESHOLD, NOISE, MASKS, TOKENS = 5, 0.1, 0.1, 24, 0.4
WORD = 2**32


class Random:
    """sfc32, seeded as the engine's Random is."""

    def __init__(self, seed):
        self.state = [0, seed % WORD, (seed // WORD) % WORD, 1]
        for _ in range(15):
            self.integer()

    def integer(self):
        a, b, c, counter = self.state
        result = (a + b + counter) % WORD
        self.state = [b ^ (b >> 9), (c + (c << 3)) % WORD, ((((c << 21) | (c >> 11)) % WORD) + result) % WORD, (counter + 1) % WORD]
        return result

    def uniform(self):
        high = self.integer() >> 5
        return (high * 2**26 + (self.integer() >> 6)) * 2.0**-53

    def shuffle(self, items):
        for i in range(len(items) - 1, 0, -1):
            j = math.floor(self.uniform() * (i + 1))
            items[i], items[j] = items[j], items[i]
        return items

    def normals(self, length):
        values = []
        while len(values) < length:
            radius = math.sqrt(-2 * math.log((self.integer() + 1) / WORD))
            angle = 2 * math.pi * self.integer() / WORD
            values += [radius * math.cos(angle), radius * math.sin(angle)]
        return torch.tensor(values[:length])


def through(model, x):
    """All outputs of the blocks, and the logits, of embedded tokens."""
    outputs = []
    for i in range(model.depth):
        x = model.after_norm1(x, model.norm(x, f"blocks.{i}.norm1"), i)
        outputs.append(x)
    return outputs, model.outputs(x)[1]


def scores_of(logits, index, kind):
    return logits.softmax(-1)[:, index] if kind == "probability" else logits[:, index]


def stretch(x):
    return (x - x.min()) / (x.max() - x.min())


def clusters_of(distance, threshold):
    clusters = [[i] for i in range(len(distance))]
    while len(clusters) > 1:
        apart, i, j = min((distance[a][:, b].max().item(), i, j) for i, a in enumerate(clusters) for j, b in enumerate(clusters) if i < j)
        if apart >= threshold:
            break
        clusters[i] = clusters[i] + clusters.pop(j)
    return clusters


def vit_cx(model, pixels):
    x = model.backbone(pixels)
    features = model.norm(x, f"blocks.{model.depth - 1}.norm1")[0, model.prefix_tokens :].T.reshape(1, -1, *model.grid)
    flat = F.interpolate(features, pixels.shape[2:], mode="bilinear", align_corners=False)[0].flatten(1).double()
    flat = (flat - flat.min(1, keepdim=True)[0]) / (flat.max(1, keepdim=True)[0] - flat.min(1, keepdim=True)[0])
    unit = flat / flat.norm(dim=1, keepdim=True)
    clusters = clusters_of(1 - unit @ unit.T, THRESHOLD)
    masks = torch.stack([stretch(flat[members].sum(0)) for members in clusters]).float().reshape(-1, 1, *pixels.shape[2:])
    random = Random(SEED)
    noise = torch.stack([random.normals(pixels[0].numel()).reshape(pixels[0].shape) for _ in masks]) * NOISE * (1 - masks)
    pictures = {"shown": pixels * masks + noise, "noisy": pixels + noise, "whole": pixels}
    logits = {name: torch.cat([through(model, model.embed(one[None]))[1] for one in some]) for name, some in pictures.items()}
    shares = masks / masks.sum(0)

    def map_of(index, kind):
        score = {name: scores_of(values, index, kind) for name, values in logits.items()}
        causal = score["shown"] - score["noisy"] + score["whole"]
        return F.avg_pool2d((causal.reshape(-1, 1, 1, 1) * shares).sum(0), model.patch).flatten()

    return map_of, len(masks)


def k_means(points, count):
    order = Random(SEED).shuffle(list(range(len(points))))
    centroids = points[order[:count]].clone()
    for _ in range(100):
        nearest = torch.cdist(points, centroids, compute_mode="donot_use_mm_for_euclid_dist").argmin(1)
        moved = torch.stack([points[nearest == c].mean(0) if (nearest == c).any() else centroids[c] for c in range(count)])
        error = (moved - centroids).pow(2).sum()
        centroids = moved
        if error <= 1e-4:
            break
    return centroids


def tis(model, pixels):
    embedded = model.embed(pixels)
    p = model.prefix_tokens
    points = torch.cat(through(model, embedded)[0], -1)[0, p:].T.double()
    masks, logits = torch.zeros(min(MASKS, len(points)), points.shape[1]), []
    for mask, centroid in zip(masks, k_means(points, len(masks))):
        kept = centroid.topk(int(TOKENS * len(centroid)))[1]
        mask[kept] = 1
        logits.append(through(model, torch.cat([embedded[:, :p], embedded[:, p + kept]], 1))[1])
    logits = torch.cat(logits)
    return lambda index, kind: (scores_of(logits, index, kind)[:, None] * masks).sum(0) / masks.sum(0), len(masks)


def main():
    found = {}
    for name in MODELS:
        stored = json.loads((HERE / name / "expected.json").read_text())
        model = Vit(HERE / name)
        pixels = prepare(Image.open(HERE / "images" / stored["image"]).convert("RGB"), model.settings)
        with torch.no_grad():
            maps = {"vit-cx": vit_cx(model, pixels), "tis": tis(model, pixels)}
            found[name] = {
                "masks": {method: count for method, (_, count) in maps.items()},
                "classes": {
                    index: {method: {kind: of(int(index), kind).tolist() for kind in ("probability", "logit")} for method, (of, _) in maps.items()}
                    for index in list(stored["classes"])[:2]
                },
            }
        print(name, found[name]["masks"], pixels.shape)
    (HERE / "perturbation.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
