"""Makes llama.safetensors: what PEFT's LoftQ makes of the golden llama, whose linear weights
bitsandbytes quantised (golden/qlora/llama/prequantized: nf4, double quantisation).

    python make_loftq.py      # torch 2.13.0, peft 0.21.0, CPU, float32

For each module: MODULE.product, the product of the factors of rank 4 of one alternation
(peft.utils.loftq_utils, _low_rank_decomposition of the error), and MODULE.errors, the Frobenius norms
of W - Q and of W - Q - product.
"""

import json
import pathlib

import torch
from peft.utils.loftq_utils import _low_rank_decomposition
from safetensors.torch import load_file, save_file

HERE = pathlib.Path(__file__).parent
GOLDEN = HERE.parent / "golden"
MODULES = ["self_attn.q_proj", "self_attn.v_proj", "mlp.down_proj"]


def dequantized(parts, module):
    """The arithmetic of bitsandbytes' dequantize_4bit in plain operators."""
    part = lambda name: parts[f"{module}.weight{name}"]
    state = json.loads(bytes(part(".quant_state.bitsandbytes__nf4").tolist()))
    nested = part(".nested_quant_map")[part(".absmax").long()]
    scales = part(".nested_absmax").repeat_interleave(state["nested_blocksize"])[: len(nested)]
    absmax = nested * scales + state["nested_offset"]
    packed = part("").flatten()
    codes = torch.stack([packed >> 4, packed & 15], 1).flatten().long()
    values = part(".quant_map")[codes]
    scale = absmax.repeat_interleave(state["blocksize"])
    return (values * scale[: len(values)])[: torch.Size(state["shape"]).numel()].reshape(state["shape"])


def main():
    weights = load_file(GOLDEN / "models/llama/model.safetensors")
    parts = load_file(GOLDEN / "qlora/llama/prequantized/model.safetensors")
    made = {}
    for layer in range(2):
        for name in MODULES:
            module = f"model.layers.{layer}.{name}"
            error = weights[module + ".weight"] - dequantized(parts, module)
            pair = _low_rank_decomposition(error, reduced_rank=4)
            product = pair["L"] @ pair["R"]
            made[module + ".product"] = product
            made[module + ".errors"] = torch.stack([error.norm(), (error - product).norm()])
            print(module, made[module + ".errors"])
    save_file({k: v.contiguous() for k, v in made.items()}, HERE / "llama.safetensors")


main()
