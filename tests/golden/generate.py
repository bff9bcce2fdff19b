"""Expected values from PyTorch: a complete, independent Vision Transformer with which the engine is compared.

It needs only Debian's packages python3-torch, python3-torchvision and python3-pil (written for torch 1.13). It reads safetensors by
itself and has its own network (network.py), so that it shares nothing with the engine.

    python3 tests/golden/generate.py verify [MODEL ...]     recompute the values in expected.json and intermediate.safetensors of the
                                                            given model folders (default: all here) and print the largest errors
    python3 tests/golden/generate.py explain MODEL IMAGE [CLASS ...] --out FOLDER
                                                            write expected.json and intermediate.safetensors for any model and photo
                                                            (default classes: the three with the largest logits)
    python3 tests/golden/generate.py models                 make the small random models again, with their expected values
    python3 tests/golden/generate.py fixtures               make resize.safetensors and positions.safetensors again

A model folder holds config.json (timm's or Hugging Face's), model.safetensors and, for Hugging Face, preprocessor_config.json.

expected.json:
    image       the file name of the photo, which is here or in images/
    grid        [rows, columns] of patches; every map is listed row by row over it, raw and signed
    logits      of all classes (absent for a model without a head)
    latent      what the head reads: the normalised class token, or the mean over the patches
    attention   class token's row of the last attention, mean over heads (absent when pooled)
    rollout     attention rollout (Abnar and Zuidema 2020), class token's row (absent when pooled)
    classes     by index: cdam (of the logit) and cdam_from_probability (of the softmax)
    latents     by index j of the latent: cdam of the target latent[j] (models without a head)
CDAM is sum_j T_ij df/dT_ij, where T is the output of norm1 in the last block (Brocki, Binda and Chung, TMLR 2024).

intermediate.safetensors: pixel_values [1, channels, height, width], last_block_input and last_norm1_output [1, tokens, width].
"""

import argparse
import json
import math
import re
from pathlib import Path

import torch
from PIL import Image

from network import FILTERS, explain, read_safetensors, resize_positions, write_safetensors

HERE = Path(__file__).resolve().parent


def find_image(folder, name):
    places = [folder / name, HERE / "images" / name]
    return next(place for place in places if place.exists())


def write_expected(folder, expected, intermediates):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "expected.json").write_text(json.dumps(expected))
    write_safetensors(folder / "intermediate.safetensors", intermediates)


def verify(folder):
    """Prints, for every value stored in the folder that is computed here, the largest error as a share of the largest value."""
    stored = json.loads((folder / "expected.json").read_text())
    chosen = [int(c) for c in stored.get("classes", stored.get("latents"))]
    expected, intermediates = explain(folder, find_image(folder, stored["image"]), chosen)
    pairs = [(name, tensor, read_safetensors(folder / "intermediate.safetensors")[name]) for name, tensor in intermediates.items()]
    both = [key for key in ("logits", "latent", "attention", "rollout") if key in expected and key in stored]
    pairs += [(key, expected[key], stored[key]) for key in both]
    for group in ("classes", "latents"):
        for c, maps in expected.get(group, {}).items():
            pairs += [(f"{key} of {c}", value, stored[group][c][key]) for key, value in maps.items()]
    print(folder.name)
    for name, mine, theirs in pairs:
        mine, theirs = torch.as_tensor(mine), torch.as_tensor(theirs)
        print(f"  {name:32} {((mine - theirs).abs().max() / theirs.abs().max()).item():.1e}")


# ---------------------------------------------------------------- small random models

def random_weights(seed, width=32, depth=2, mlp=64, patch=8, positions=37, classes=5, prefix=("cls_token",), parts=()):
    """Weights by timm's names, large enough that attention is not uniform and every token matters."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape, scale=1.0):
        return torch.randn(*shape, generator=generator) * scale

    def affine(name, *shape):
        weights[f"{name}.weight"] = normal(*shape, scale=1.4 / math.sqrt(math.prod(shape[1:])))
        weights[f"{name}.bias"] = normal(shape[0], scale=0.2)

    def norm(name):
        weights[f"{name}.weight"] = 1 + normal(width, scale=0.3)
        weights[f"{name}.bias"] = normal(width, scale=0.2)

    weights = {name: normal(1, 1, width, scale=0.5) for name in prefix}
    weights["pos_embed"] = normal(1, positions, width, scale=0.5)
    affine("patch_embed.proj", width, 3, patch, patch)
    for i in range(depth):
        norm(f"blocks.{i}.norm1")
        affine(f"blocks.{i}.attn.qkv", 3 * width, width)
        affine(f"blocks.{i}.attn.proj", width, width)
        norm(f"blocks.{i}.norm2")
        affine(f"blocks.{i}.mlp.fc1", mlp, width)
        affine(f"blocks.{i}.mlp.fc2", width, mlp)
        if "layer_scale" in parts:
            weights[f"blocks.{i}.ls1.gamma"], weights[f"blocks.{i}.ls2.gamma"] = normal(width, scale=0.5), normal(width, scale=0.5)
    norm("fc_norm" if "fc_norm" in parts else "norm")
    for head in ["head"] * (classes > 0) + ["head_dist"] * ("head_dist" in parts):
        affine(head, classes, width)
    return weights


def hugging_face_names(weights):
    """The other way round: timm's names to those of transformers' ViTForImageClassification."""
    names = {"cls_token": "vit.embeddings.cls_token", "pos_embed": "vit.embeddings.position_embeddings"}
    renamed = {}
    for name, tensor in weights.items():
        if ".attn.qkv." in name:
            for part, piece in zip(("query", "key", "value"), tensor.chunk(3)):
                target = name.replace("blocks.", "vit.encoder.layer.").replace(".attn.qkv.", f".attention.attention.{part}.")
                renamed[target] = piece
            continue
        for old, new in [
            ("patch_embed.proj", "vit.embeddings.patch_embeddings.projection"),
            ("blocks.", "vit.encoder.layer."),
            (".norm1.", ".layernorm_before."),
            (".norm2.", ".layernorm_after."),
            (".attn.proj.", ".attention.output.dense."),
            (".mlp.fc1.", ".intermediate.dense."),
            (".mlp.fc2.", ".output.dense."),
        ]:
            name = name.replace(old, new)
        renamed[names.get(name, re.sub(r"^head\.", "classifier.", re.sub(r"^norm\.", "vit.layernorm.", name)))] = tensor
    return renamed


def timm_config(architecture, classes, img_size, input_size, pool="token", patch=8, **args):
    return {
        "architecture": architecture,
        "num_classes": classes,
        "num_features": 32,
        "global_pool": pool,
        "model_args": {"img_size": img_size, "patch_size": patch, "embed_dim": 32, "depth": 2, "num_heads": 4, "mlp_ratio": 2, **args},
        "pretrained_cfg": {
            "input_size": [3, *input_size],
            "interpolation": "bicubic",
            "crop_pct": 0.9,
            "crop_mode": "center",
            "mean": [0.485, 0.456, 0.406],
            "std": [0.229, 0.224, 0.225],
            "num_classes": classes,
        },
    }


def make_models():
    hugging_face = {
        "architectures": ["ViTForImageClassification"],
        "model_type": "vit",
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 64,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
        "image_size": 48,
        "patch_size": 8,
        "num_channels": 3,
        "qkv_bias": True,
        "id2label": {str(i): name for i, name in enumerate(["tabby, tabby cat", "espresso", "cup", "space shuttle", "plate"])},
    }
    processor = {
        "image_processor_type": "ViTImageProcessor",
        "do_resize": True,
        "size": {"height": 48, "width": 48},
        "resample": 2,
        "do_rescale": True,
        "rescale_factor": 0.00392156862745098,
        "do_normalize": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }
    two = ("cls_token", "dist_token")
    hub = dict(random_weights(5, patch=14, positions=17, classes=0, parts=("layer_scale",)), mask_token=torch.zeros(1, 32))
    models = [
        ("hf-vit-split", "coffee.png", "float32", hugging_face_names(random_weights(1)), hugging_face),
        ("deit-distilled-bf16", "astronaut.png", "bfloat16", random_weights(2, positions=38, prefix=two, parts=("head_dist",)),
         timm_config("deit_tiny_distilled_patch8_48", 5, 48, (48, 48))),
        ("vit-mean-pooled", "coffee.png", "float16", random_weights(3, parts=("fc_norm",)),
         timm_config("vit_tiny_patch8_48", 5, 48, (48, 48), pool="avg", fc_norm=True)),
        ("vit-non-square", "astronaut.png", "float16", random_weights(4, positions=25),
         timm_config("vit_tiny_patch8", 5, [32, 48], (40, 72))),
        ("dinov2-headless", "coffee.png", "float16", hub,
         timm_config("dinov2_vits14", 0, 56, (70, 70), patch=14, init_values=1e-05)),
    ]
    for name, image, dtype, weights, config in models:
        folder = HERE / name
        folder.mkdir(exist_ok=True)
        (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
        if "model_type" in config:
            (folder / "preprocessor_config.json").write_text(json.dumps(processor, indent=1) + "\n")
        write_safetensors(folder / "model.safetensors", {key: tensor.to(getattr(torch, dtype)) for key, tensor in weights.items()})
        write_expected(folder, *explain(folder, HERE / "images" / image))


# ---------------------------------------------------------------- fixtures of single steps

def make_fixtures():
    """resize.safetensors: `FILE LEFT,TOP,RIGHT,BOTTOM WIDTHxHEIGHT FILTER` -> [height, width, 3] bytes from Pillow.
    positions.safetensors: `FROM` [rows, columns, 5], and `FROM TO antialias|plain|offset` -> its grid as
    PyTorch resizes it in float64 (in float32 its cubic weights cancel, which costs up to 3e-6 of the largest value)."""
    boxes = {
        "astronaut.png": [((0, 0, 512, 512), (71, 71)), ((100, 50, 141, 79), (67, 90)), ((200, 100, 201, 140), (9, 7))],
        "chelsea.png": [((0, 0, 451, 300), (93, 62)), ((17, 33, 320, 39), (11, 48))],
        "coffee.png": [((0, 0, 600, 400), (37, 101)), ((300, 200, 317, 223), (17, 64)), ((5, 5, 60, 64), (55, 20))],
    }
    resized = {}
    for file, cases in boxes.items():
        image = Image.open(HERE / "images" / file).convert("RGB")
        for box, size in cases:
            crop = image.crop(box)
            for number, name in enumerate(FILTERS):
                # All six filters on the small crops; the three that checkpoints use on whole photos.
                if box[0] == 0 and name not in ("bilinear", "bicubic", "lanczos"):
                    continue
                data = torch.frombuffer(bytearray(crop.resize(size, number).tobytes()), dtype=torch.uint8)
                key = f"{file} {','.join(map(str, box))} {size[0]}x{size[1]} {name}"
                resized[key] = data.reshape(size[1], size[0], 3)
    write_safetensors(HERE / "resize.safetensors", resized)

    positions = {}
    generator = torch.Generator().manual_seed(7)
    for old in [(7, 7), (5, 9), (2, 3)]:
        grid = torch.randn(*old, 5, generator=generator)
        positions[f"{old[0]}x{old[1]}"] = grid
        for new in [(4, 4), (16, 16), (3, 11), (12, 6), (5, 8)]:
            for name, antialias, offset in [("antialias", True, 0.0), ("plain", False, 0.0), ("offset", False, 0.1)]:
                positions[f"{old[0]}x{old[1]} {new[0]}x{new[1]} {name}"] = resize_positions(grid.double(), new, antialias, offset).float()
    write_safetensors(HERE / "positions.safetensors", positions)


def main():
    torch.set_grad_enabled(True)
    parser = argparse.ArgumentParser(description="Expected values from PyTorch; see the head of this file.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("verify").add_argument("models", nargs="*", type=Path)
    one = commands.add_parser("explain")
    one.add_argument("model", type=Path)
    one.add_argument("image", type=Path)
    one.add_argument("classes", nargs="*", type=int)
    one.add_argument("--out", type=Path, required=True)
    commands.add_parser("models")
    commands.add_parser("fixtures")
    arguments = parser.parse_args()
    if arguments.command == "verify":
        for folder in arguments.models or sorted(path.parent for path in HERE.glob("*/expected.json")):
            verify(folder)
    elif arguments.command == "explain":
        write_expected(arguments.out, *explain(arguments.model, arguments.image, arguments.classes))
    elif arguments.command == "models":
        make_models()
    else:
        make_fixtures()


if __name__ == "__main__":
    main()
