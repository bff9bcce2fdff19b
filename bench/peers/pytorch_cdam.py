"""DeiT-Ti and the authors' recipe for CDAM in plain PyTorch, as a host of the benchmark: it reads requests and writes replies, each on one line.

The recipe (github.com/lenbrocki/CDAM) hooks norm1 of the last block, runs the whole model with gradients enabled, calls backward on the
class score, and multiplies. Weights need gradients, as in any model that was just loaded, so the backward pass is a full one.

    python3 pytorch_cdam.py FOLDER     FOLDER holds model.safetensors and config.json
"""

import ctypes
import json
import math
import os
import re
import struct
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

TARGET_CLASS = 340


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        q, k, v = self.qkv(x).reshape(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        if hasattr(F, "scaled_dot_product_attention"):
            mixed = F.scaled_dot_product_attention(q, k, v)
        else:
            mixed = (q * q.shape[-1] ** -0.5 @ k.transpose(-2, -1)).softmax(-1) @ v
        return self.proj(mixed.transpose(1, 2).reshape(batch, tokens, width))


class Mlp(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = Mlp(width, 4 * width)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PatchEmbed(nn.Module):
    def __init__(self, width, patch):
        super().__init__()
        self.proj = nn.Conv2d(3, width, patch, stride=patch)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class Vit(nn.Module):
    """Under timm's names."""

    def __init__(self, width=192, depth=12, heads=3, patch=16, size=224, classes=1000):
        super().__init__()
        self.patch_embed = PatchEmbed(width, patch)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.randn(1, (size // patch) ** 2 + 1, width) * 0.02)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, classes)

    def forward(self, pixels):
        patches = self.patch_embed(pixels)
        x = torch.cat([self.cls_token.expand(len(patches), -1, -1), patches], 1) + self.pos_embed
        return self.head(self.norm(self.blocks(x))[:, 0])


def official_map(model, pixels, target=TARGET_CLASS):
    """CDAM of one class by the authors' recipe: [patches]."""
    kept = {}
    layer = model.blocks[-1].norm1
    hooks = [
        layer.register_forward_hook(lambda _module, _inputs, output: kept.update(tokens=output)),
        layer.register_full_backward_hook(lambda _module, _inputs, outputs: kept.update(gradient=outputs[0])),
    ]
    try:
        model.zero_grad()
        model(pixels)[0, target].backward()
    finally:
        for hook in hooks:
            hook.remove()
    return (kept["tokens"] * kept["gradient"])[0, 1:].sum(-1).detach()


def read_safetensors(path):
    file = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", file[:8])
    floats = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
    tensors = {}
    for name, entry in json.loads(file[8 : 8 + length]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            data = bytearray(file[8 + length + begin : 8 + length + end])
            tensors[name] = torch.frombuffer(data, dtype=floats[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def numbers(length, seed):
    """The generator of src/workloads.ts."""
    mask, state, result = 0xFFFFFFFF, seed, []
    for _ in range(length):
        state = (state + 0x6D2B79F5) & mask
        t = ((state ^ (state >> 15)) * (state | 1)) & mask
        t ^= (t + ((t ^ (t >> 7)) * (t | 61))) & mask
        result.append((t ^ (t >> 14)) / 2**31 - 1)
    return torch.tensor(result, dtype=torch.float32)


def blas_files():
    """Files of the BLAS that was loaded: Debian's libblas.so.3 stands for many. Empty where that cannot be told."""
    try:
        lines = Path("/proc/self/maps").read_text().splitlines()
    except OSError:
        return []
    return sorted({os.path.realpath(line.split()[-1]) for line in lines if re.search(r"lib(open)?blas|libmkl", line)})


def set_threads(own, of_blas):
    """An OpenBLAS that starts threads of its own has a number of its own, which PyTorch does not set."""
    torch.set_num_threads(own)
    for file in blas_files():
        library = ctypes.CDLL(file)
        if hasattr(library, "openblas_set_num_threads"):
            library.openblas_set_num_threads(of_blas)


def seconds(work):
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


class Host:
    def __init__(self, folder):
        self.folder, self.work = folder, {}

    def open(self):
        started = time.perf_counter()
        self.model = Vit()
        self.model.load_state_dict({name: tensor.float() for name, tensor in read_safetensors(f"{self.folder}/model.safetensors").items()})
        self.model.eval()
        self.pixels = numbers(3 * 224 * 224, 3).reshape(1, 3, 224, 224)
        open_ms = 1000 * (time.perf_counter() - started)
        own, of_blas = self.choose_threads()
        set_threads(own, of_blas)
        blas = ", ".join("/".join(Path(file).parts[-2:]) for file in blas_files()) or "unknown"
        return {"adapter": f"PyTorch {torch.__version__}, {own} threads; BLAS {blas}, {of_blas} threads", "openMs": open_ms}

    def choose_threads(self):
        """PyTorch's and BLAS' threads with the fastest recipe, all tried in turn so that none has a quieter machine than another."""
        counts = {1, max(1, os.cpu_count() // 2), os.cpu_count()}
        fastest = {(own, of_blas): math.inf for own in counts for of_blas in counts}
        for _ in range(4):
            for threads in fastest:
                set_threads(*threads)
                self.official()
                fastest[threads] = min(fastest[threads], *(seconds(self.official) for _ in range(2)))
        return min(fastest, key=fastest.get)

    def forward(self):
        with torch.no_grad():
            return self.model(self.pixels)[0]

    def official(self):
        return official_map(self.model, self.pixels)

    def prepare(self, workload):
        work = {"forward": self.forward, "map": self.official}.get(workload["kind"])
        if work is None:
            return None
        started = time.perf_counter()
        result = work().tolist()
        self.work[workload["kind"]] = work
        return {"prepareMs": 0, "firstMs": 1000 * (time.perf_counter() - started), "result": result}

    def sample(self, workload, minimum, most):
        runs = []
        while sum(runs) < minimum and len(runs) < most:
            runs.append(1000 * seconds(lambda: self.work[workload]().tolist()))
        return runs

    def handle(self, request):
        if request["op"] == "open":
            return self.open()
        if request["op"] == "prepare":
            return self.prepare(request["workload"])
        return self.sample(request["workload"], request["minimumMs"], request["mostRuns"])


if __name__ == "__main__":
    host = Host(sys.argv[1])
    for line in sys.stdin:
        try:
            reply = {"value": host.handle(json.loads(line))}
        except Exception as error:  # whatever it is, the benchmark reports it
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)
