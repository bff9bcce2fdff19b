"""The rows of rows.ts in PyTorch for CUDA, with 32-bit floats without TF32, to compare with ours.

    python3 pytorch_cuda.py SIZES     SIZES is the JSON of `Sizes` in rows.ts; prints each row as a line of JSON
"""

import json
import statistics
import sys
import time

import torch
import torch.nn.functional as F

from pytorch_cdam import Vit, official_map

DEVICE = "cuda"
HEADS, HEAD_SIZE = 12, 64
MODELS = {"ViT-Ti": (192, 3), "ViT-S": (384, 6), "ViT-B": (768, 12)}


def milliseconds(work, calls=1):
    torch.cuda.synchronize()
    started = time.perf_counter()
    for _ in range(calls):
        work()
    torch.cuda.synchronize()
    return 1000 * (time.perf_counter() - started) / calls


def throughput(work):
    milliseconds(work, 3)
    calls = max(1, min(200, int(300 / max(milliseconds(work, 4), 1e-3))))
    return statistics.median(milliseconds(work, calls) for _ in range(5))


def latency(work):
    milliseconds(work, 3)
    return statistics.median(milliseconds(work) for _ in range(20))


def rows(sizes):
    for n in sizes["matmul"]:
        a, b = torch.rand(n, n, device=DEVICE), torch.rand(n, n, device=DEVICE)
        yield f"matmul {n}", throughput(lambda: a @ b)
    a, b = (torch.rand(sizes["elements"], device=DEVICE) for _ in range(2))
    yield "add", throughput(lambda: a + b)
    yield "gelu", throughput(lambda: F.gelu(a))
    for tokens in sizes["tokens"]:
        q, k, v = (torch.rand(1, HEADS, tokens, HEAD_SIZE, device=DEVICE, requires_grad=True) for _ in range(3))
        with torch.no_grad():
            yield f"attention {tokens} forward", throughput(lambda: F.scaled_dot_product_attention(q, k, v))
        out = F.scaled_dot_product_attention(q, k, v)
        gradient = torch.rand_like(out)
        yield f"attention {tokens} backward", throughput(lambda: torch.autograd.grad(out, (q, k, v), gradient, retain_graph=True))
    for name in sizes["models"]:
        width, heads = MODELS[name]
        model = Vit(width=width, heads=heads).to(DEVICE).eval()
        picture = torch.rand(1, 3, 224, 224)
        with torch.no_grad():
            yield f"{name} forward", latency(lambda: model(picture.to(DEVICE)).cpu())
        yield f"{name} one map", latency(lambda: official_map(model, picture.to(DEVICE), 0).cpu())
        for count in sizes["batches"]:
            batch = torch.rand(count, 3, 224, 224, device=DEVICE)
            with torch.no_grad():
                yield f"{name} batch {count}", throughput(lambda: model(batch))


if __name__ == "__main__":
    if not torch.cuda.is_available():
        sys.exit("PyTorch has no CUDA here")
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    print(json.dumps({"version": torch.__version__}), flush=True)
    for name, ms in rows(json.loads(sys.argv[1])):
        print(json.dumps({"name": name, "ms": ms}), flush=True)
