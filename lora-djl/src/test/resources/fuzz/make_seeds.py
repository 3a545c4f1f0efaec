"""Makes the seeds of the fuzz targets: small inputs that are read without complaint.

    python make_seeds.py        (needs torch)
"""

import json
import shutil
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path

import torch

HERE = Path(__file__).parent
GOLDEN = HERE.parent / "golden" / "models"


def seed(target, name, data):
    directory = HERE / target
    directory.mkdir(exist_ok=True)
    (directory / f"seed-{name}").write_bytes(data if isinstance(data, bytes) else data.encode())


def safetensors(tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, (dtype, shape, content) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def gguf():
    def text(s):
        return struct.pack("<Q", len(s)) + s.encode()

    entries = [
        text("general.architecture") + struct.pack("<I", 8) + text("llama"),
        text("llama.block_count") + struct.pack("<II", 4, 2),
        text("llama.rope.freq_base") + struct.pack("<If", 6, 10000.0),
        text("flag") + struct.pack("<IB", 7, 1),
        text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 2) + text("a") + text("b"),
        text("tokenizer.ggml.scores") + struct.pack("<IIQff", 9, 6, 2, 0.0, -1.0),
    ]
    tensors = [
        text("a.weight") + struct.pack("<IQQIQ", 2, 4, 2, 0, 0),
        text("b.weight") + struct.pack("<IQIQ", 1, 32, 8, 32),
    ]
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(entries)) + b"".join(entries) + b"".join(tensors)
    return head + b"\0" * (-len(head) % 32) + bytes(range(32)) + bytes(34) + b"\0" * 30


def torch_pickle():
    path = HERE / "tmp.bin"
    base = torch.arange(12.0).reshape(3, 4)
    state = OrderedDict(a=base, turned=base.t(), half=torch.ones(2, dtype=torch.float16), many=torch.zeros(0, 3))
    torch.save(state, path)
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        program = archive.read(next(n for n in archive.namelist() if n.endswith("data.pkl")))
    path.unlink()
    return data, program


def main():
    for directory in HERE.iterdir():
        if directory.is_dir():
            for old in directory.glob("seed-*"):
                old.unlink()
    two = {
        "a": ("F32", [2, 3], struct.pack("<6f", *range(6))),
        "b": ("BF16", [2], b"\x80\x3f\x00\x40"),
        "c": ("F16", [0, 4], b""),
    }
    seed("safetensors", "three", safetensors(two, {"format": "pt"}))
    shard = "model-00001-of-00001.safetensors"
    index = {"metadata": {"total_size": 28}, "weight_map": {"a": shard, "b": shard, "c": shard}}
    seed("shard-index", "one", json.dumps(index))
    archive, program = torch_pickle()
    seed("torch-pickle", "four", archive)
    seed("torch-pickle-program", "four", program)
    seed("gguf", "two", gguf())
    for config in sorted(GOLDEN.glob("*/config.json")):
        seed("config", config.parent.name, config.read_bytes())
    for config in sorted(GOLDEN.glob("llama/adapters/*/adapter_config.json")):
        seed("adapter-config", config.parent.name, config.read_bytes())
    seed("adapter", "llama", (GOLDEN / "llama/adapters/layer1-only/adapter_model.safetensors").read_bytes())
    alpaca = [{"instruction": "Say hi.", "input": "", "output": "hi"}]
    pairs = '{"prompt": "a", "completion": "b"}\n{"prompt": "c \\u00e9", "completion": "d"}\n'
    chat = [{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]}]
    seed("dataset", "alpaca", json.dumps(alpaca))
    seed("dataset", "pairs", pairs)
    seed("dataset", "chat", json.dumps(chat))
    config = {
        "bos_token": {"content": "<s>", "lstrip": False},
        "eos_token": "</s>",
        "pad_token": None,
        "chat_template": [{"name": "default", "template": "{% for m in messages %}{{ m.content }}{% endfor %}"}],
    }
    seed("tokenizer-config", "named", json.dumps(config))
    seed("tokenizer-config", "plain", json.dumps({**config, "chat_template": "{{ messages[0]['content'] | trim }}"}))
    templates = json.loads((HERE.parent / "jinja" / "transformers.json").read_text())["templates"]
    for name, template in sorted(templates.items()):
        if 300 < len(template) < 1500 and not name.startswith("whitespace"):
            seed("chat-template", name.replace("/", "-").replace(" ", "-"), template)
    state = {
        "w.step": ("I64", [], struct.pack("<q", 3)),
        "w.exp_avg": ("F32", [2, 2], bytes(16)),
        "w.exp_avg_sq": ("F32", [2, 2], bytes(16)),
    }
    settings = {"format": "pt", "optimizer": "AdamW", "bits": "32", "beta1": "0.9", "beta2": "0.999"}
    seed("optimizer-state", "one", safetensors(state, settings))


main()
