"""A Vision Transformer and its explanations in plain PyTorch, which generate.py uses."""

import json
import math
import re
import struct
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from torchvision import transforms
from torchvision.transforms import InterpolationMode

FLOATS = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
FILTERS = ["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"]  # in the order of Pillow's numbers


# ---------------------------------------------------------------- safetensors

def read_safetensors(path):
    """Tensors by name, in their own dtype."""
    file = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", file[:8])
    tensors = {}
    for name, entry in json.loads(file[8 : 8 + length]).items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        data = bytearray(file[8 + length + begin : 8 + length + end])
        tensors[name] = torch.frombuffer(data, dtype=FLOATS[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def write_safetensors(path, tensors):
    """Writes F32, F16, BF16 and U8 tensors."""
    names = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.uint8: "U8"}
    header, parts, at = {}, [], 0
    for name, tensor in tensors.items():
        tensor = tensor.contiguous()
        # Seen as bytes, since bfloat16 has no NumPy counterpart.
        part = bytes(tensor.reshape(-1).view(torch.uint8).tolist())
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [at, at + len(part)]}
        parts.append(part)
        at += len(part)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


# ---------------------------------------------------------------- names and configuration

HUGGING_FACE = [
    (r"^(vit|deit)\.", ""),
    (r"^embeddings\.cls_token", "cls_token"),
    (r"^embeddings\.distillation_token", "dist_token"),
    (r"^embeddings\.position_embeddings", "pos_embed"),
    (r"^embeddings\.patch_embeddings\.projection", "patch_embed.proj"),
    (r"^encoder\.layer\.", "blocks."),
    (r"\.layernorm_before\.", ".norm1."),
    (r"\.layernorm_after\.", ".norm2."),
    (r"\.attention\.attention\.(q|k|v)(uery|ey|alue)\.", r".attn.\1."),
    (r"\.attention\.output\.dense\.", ".attn.proj."),
    (r"\.intermediate\.dense\.", ".mlp.fc1."),
    (r"\.output\.dense\.", ".mlp.fc2."),
    (r"^layernorm\.", "norm."),
    (r"^(cls_)?classifier\.", "head."),
    (r"^distillation_classifier\.", "head_dist."),
]


def timm_names(tensors):
    """The same tensors in float32 under timm's names, q, k and v in one."""
    weights = {}
    for name, tensor in tensors.items():
        for pattern, replacement in HUGGING_FACE:
            name = re.sub(pattern, replacement, name)
        weights[name.replace("register_tokens", "reg_token")] = tensor.float()
    for name in [name for name in weights if ".attn.q." in name]:
        parts = [weights.pop(name.replace(".attn.q.", f".attn.{part}.")) for part in "qkv"]
        weights[name.replace(".attn.q.", ".attn.qkv.")] = torch.cat(parts)
    return weights


def read_settings(folder):
    """What the weights do not tell, from either kind of config.json."""
    config = json.loads((folder / "config.json").read_text())
    if "model_type" in config:
        processor = json.loads((folder / "preprocessor_config.json").read_text())
        size = processor["size"]
        return {
            "heads": config["num_attention_heads"],
            "eps": config["layer_norm_eps"],
            "pool": "token",
            "grid_of": config["image_size"],
            "input": (size["height"], size["width"]),
            "fit": "squash",
            "crop_pct": 1.0,
            "interpolation": FILTERS[processor["resample"]],
            "mean": processor["image_mean"],
            "std": processor["image_std"],
            "positions": {"antialias": False, "offset": 0.0},
        }
    args, pretrained = config.get("model_args", {}), config["pretrained_cfg"]
    meta = re.match(r"dino(v2)?_vit[sblg]\d+$", config["architecture"])
    return {
        "heads": args.get("num_heads"),
        "eps": 1e-6,
        "pool": config.get("global_pool", "token"),
        "grid_of": args.get("img_size"),
        "input": tuple(pretrained["input_size"][1:]),
        "fit": pretrained.get("crop_mode", "center"),
        "crop_pct": pretrained["crop_pct"],
        "interpolation": pretrained["interpolation"],
        "mean": pretrained["mean"],
        "std": pretrained["std"],
        "positions": {"antialias": False, "offset": 0.1} if meta else {"antialias": True, "offset": 0.0},
    }


# ---------------------------------------------------------------- from photo to input

def prepare(image, settings):
    """[1, 3, height, width]: resize, centre crop and normalisation by Pillow and torchvision, as timm composes them."""
    height, width = settings["input"]
    scaled = tuple(math.floor(side / settings["crop_pct"]) for side in (height, width))
    mode = InterpolationMode(settings["interpolation"])
    if settings["fit"] == "squash":
        resize = transforms.Resize(scaled, mode)
    elif scaled[0] == scaled[1]:
        resize = transforms.Resize(scaled[0], mode)
    else:  # timm's ResizeKeepRatio, which is made without the filter and then takes bilinear
        ratio = min(image.height / scaled[0], image.width / scaled[1])
        resize = transforms.Resize([round(image.height / ratio), round(image.width / ratio)], InterpolationMode.BILINEAR)
    steps = [resize, transforms.CenterCrop((height, width)), transforms.ToTensor(), transforms.Normalize(settings["mean"], settings["std"])]
    return transforms.Compose(steps)(image)[None]


def resize_positions(grid, to, antialias, offset):
    """[rows, columns, width] to [to[0], to[1], width], as the library of the checkpoint does."""
    if tuple(grid.shape[:2]) == tuple(to):
        return grid
    image = grid.permute(2, 0, 1)[None]
    if offset:
        scale = [(side + offset) / old for side, old in zip(to, grid.shape[:2])]
        image = F.interpolate(image, scale_factor=scale, mode="bicubic", align_corners=False)
    else:
        image = F.interpolate(image, size=tuple(to), mode="bicubic", align_corners=False, antialias=antialias)
    assert image.shape[2:] == tuple(to), image.shape
    return image[0].permute(1, 2, 0)


# ---------------------------------------------------------------- the network

class Vit:
    """A Vision Transformer from a folder, in float32. Attention maps are those of the last forward pass."""

    def __init__(self, folder):
        self.settings = read_settings(Path(folder))
        self.weights = timm_names(read_safetensors(Path(folder) / "model.safetensors"))
        proj = self.weights["patch_embed.proj.weight"]
        self.width, self.patch = proj.shape[0], proj.shape[2:]
        self.heads = self.settings["heads"] or self.width // 64
        self.depth = 1 + max(int(name.split(".")[1]) for name in self.weights if name.startswith("blocks."))
        self.grid = tuple(side // patch for side, patch in zip(self.settings["input"], self.patch))
        self.prefix = [self.weights[name] for name in ("cls_token", "dist_token", "reg_token") if name in self.weights]
        self.prefix_tokens = sum(token.shape[1] for token in self.prefix)
        self.maps = []

    def linear(self, x, name):
        return F.linear(x, self.weights[f"{name}.weight"], self.weights.get(f"{name}.bias"))

    def norm(self, x, name):
        return F.layer_norm(x, (self.width,), self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], self.settings["eps"])

    def positions(self):
        """Rows for as many prefix tokens as have any, and rows for the grid of the input."""
        embed = self.weights["pos_embed"][0]
        made_for = self.settings["grid_of"]
        if made_for is None:
            with_position = sum(name in self.weights for name in ("cls_token", "dist_token"))
            old = (math.isqrt(len(embed) - with_position),) * 2
        else:
            sides = made_for if isinstance(made_for, list) else [made_for, made_for]
            old = tuple(side // patch for side, patch in zip(sides, self.patch))
        prefix, grid = embed.split([len(embed) - old[0] * old[1], old[0] * old[1]])
        return prefix, resize_positions(grid.reshape(*old, -1), self.grid, **self.settings["positions"]).reshape(-1, self.width)

    def embed(self, pixels):
        x = F.conv2d(pixels, self.weights["patch_embed.proj.weight"], self.weights.get("patch_embed.proj.bias"), stride=self.patch)
        for_prefix, for_patches = self.positions()
        prefix = torch.cat([token[0] for token in self.prefix])
        # Tokens without a position embedding, such as DINOv2's registers, follow those that have one.
        prefix = prefix + F.pad(for_prefix, (0, 0, 0, len(prefix) - len(for_prefix)))
        return torch.cat([prefix[None], x.flatten(2).transpose(1, 2) + for_patches], 1)

    def attention(self, t, block):
        batch, tokens, _ = t.shape
        q, k, v = self.linear(t, f"{block}.attn.qkv").reshape(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).softmax(-1)
        self.maps.append(weights.detach())
        return self.linear((weights @ v).transpose(1, 2).reshape(batch, tokens, self.width), f"{block}.attn.proj")

    def after_norm1(self, x, t, i):
        """The rest of block i, from its input x and its norm1's output t."""
        block = f"blocks.{i}"
        x = x + self.attention(t, block) * self.weights.get(f"{block}.ls1.gamma", 1.0)
        hidden = F.gelu(self.linear(self.norm(x, f"{block}.norm2"), f"{block}.mlp.fc1"))
        return x + self.linear(hidden, f"{block}.mlp.fc2") * self.weights.get(f"{block}.ls2.gamma", 1.0)

    def backbone(self, pixels):
        """Everything before the last block."""
        self.maps = []
        x = self.embed(pixels)
        for i in range(self.depth - 1):
            x = self.after_norm1(x, self.norm(x, f"blocks.{i}.norm1"), i)
        return x

    def outputs(self, x):
        """From the last block's output: (latent, logits), logits None without a head."""
        if "norm.weight" in self.weights:
            x = self.norm(x, "norm")
        distilled = "head_dist.weight" in self.weights
        latent = x[:, self.prefix_tokens :].mean(1) if self.settings["pool"] == "avg" else x[:, 0]
        if "fc_norm.weight" in self.weights:
            latent = self.norm(latent, "fc_norm")
        if "head.weight" not in self.weights:
            return latent, None
        logits = self.linear(latent, "head")
        return latent, (logits + self.linear(x[:, 1], "head_dist")) / 2 if distilled else logits


# ---------------------------------------------------------------- explanations

def cdam(target, t, prefix):
    (gradient,) = torch.autograd.grad(target, t, retain_graph=True)
    return (t * gradient).sum(-1)[0, prefix:].tolist()


def explain(folder, image_path, classes=None):
    """(expected, intermediates) in the layout above. `classes` None: the three largest logits, or latents 0 and 3 without a head."""
    model = Vit(folder)
    pixels = prepare(Image.open(image_path).convert("RGB"), model.settings)
    with torch.no_grad():
        x = model.backbone(pixels)
        t = model.norm(x, f"blocks.{model.depth - 1}.norm1")
    t.requires_grad_()
    latent, logits = model.outputs(model.after_norm1(x, t, model.depth - 1))
    p = model.prefix_tokens
    expected = {"image": Path(image_path).name, "grid": list(model.grid), "latent": latent[0].tolist()}
    if model.settings["pool"] == "token":
        rollout = torch.eye(t.shape[1])
        for weights in model.maps:
            mixed = weights[0].mean(0) + torch.eye(t.shape[1])
            rollout = mixed / mixed.sum(-1, keepdim=True) @ rollout
        expected["attention"] = model.maps[-1][0].mean(0)[0, p:].tolist()
        expected["rollout"] = rollout[0, p:].tolist()
    if logits is None:
        chosen = classes if classes else [0, 3]
        expected["latents"] = {str(j): {"cdam": cdam(latent[0, j], t, p)} for j in chosen}
    else:
        chosen = classes if classes else logits[0].topk(3).indices.tolist()
        expected["logits"] = logits[0].tolist()
        probability = logits[0].softmax(-1)
        expected["classes"] = {
            str(c): {"cdam": cdam(logits[0, c], t, p), "cdam_from_probability": cdam(probability[c], t, p)} for c in chosen
        }
    return expected, {"pixel_values": pixels, "last_block_input": x, "last_norm1_output": t.detach()}
