"""Writes what PEFT does with a set of LoRA configs on tiny random models.

Usage: python peft_reference.py OUTPUT.json

The stored output, src/test/resources/peft/reference.json, is by PEFT 0.21.0, transformers 5.18.0 and torch 2.13.0.
"""

import json
import sys
import tempfile
import warnings

import torch
import transformers
from peft import LoraConfig, get_peft_model
from peft.tuners.lora.layer import LoraLayer
from peft.utils.other import ModulesToSaveWrapper
from safetensors import safe_open
from transformers.pytorch_utils import Conv1D

warnings.filterwarnings("ignore")

SMALL = dict(hidden_size=8, num_attention_heads=2, num_hidden_layers=2, vocab_size=12, intermediate_size=16)


def llama(layers=2):
    config = transformers.LlamaConfig(**{**SMALL, "num_hidden_layers": layers}, tie_word_embeddings=False)
    return transformers.LlamaForCausalLM(config)


def gpt2():
    config = transformers.GPT2Config(n_embd=8, n_head=2, n_layer=2, vocab_size=12, n_positions=16)
    return transformers.GPT2LMHeadModel(config)


def opt():
    config = transformers.OPTConfig(
        hidden_size=8, num_attention_heads=2, num_hidden_layers=2, vocab_size=12, ffn_dim=16,
        word_embed_proj_dim=8, max_position_embeddings=16, tie_word_embeddings=False)
    return transformers.OPTForCausalLM(config)


def bert():
    return transformers.BertForSequenceClassification(
        transformers.BertConfig(**SMALL, num_labels=3, max_position_embeddings=16))


def roberta():
    return transformers.RobertaForSequenceClassification(
        transformers.RobertaConfig(**SMALL, num_labels=3, max_position_embeddings=16))


MODELS = {
    "llama": llama, "llama-4-layers": lambda: llama(4), "gpt2": gpt2, "opt": opt, "bert": bert, "roberta": roberta,
}
DEFAULTS = {"llama": ["q_proj", "v_proj"], "llama-4-layers": ["q_proj", "v_proj"], "gpt2": ["c_attn"],
            "opt": ["q_proj", "v_proj"], "bert": ["query", "value"], "roberta": ["query", "value"]}

CAUSAL = "CAUSAL_LM"
SEQ_CLS = "SEQ_CLS"

CASES = [
    ("llama", "architecture default", {}),
    ("llama", "suffix", {"target_modules": ["q_proj", "down_proj"]}),
    ("llama", "dotted suffix", {"target_modules": ["mlp.down_proj"]}),
    ("llama", "full name", {"target_modules": ["model.layers.1.self_attn.v_proj"]}),
    ("llama", "part of a segment is no suffix", {"target_modules": ["proj"]}),
    ("llama", "misspelt", {"target_modules": ["q_prj"]}),
    ("llama", "one of two misspelt", {"target_modules": ["q_proj", "v_prj"]}),
    ("llama", "regex", {"target_modules": r".*\.layers\.0\..*(k_proj|up_proj)"}),
    ("llama", "regex must match the whole name", {"target_modules": r"self_attn\.q_proj"}),
    ("llama", "regex with a Python group name", {"target_modules": r".*\.(?P<proj_name>q_proj|o_proj)"}),
    ("llama", "regex over containers", {"target_modules": r"model\.layers\.0\..*"}),
    ("llama", "container", {"target_modules": ["self_attn"]}),
    ("llama", "norm", {"target_modules": ["input_layernorm"]}),
    ("llama", "all-linear", {"target_modules": "all-linear"}),
    ("llama", "All-Linear", {"target_modules": "All-Linear"}),
    ("llama-4-layers", "all-linear, condensed", {"target_modules": "all-linear"}),
    ("llama-4-layers", "all-linear, condensed, excluding", {"target_modules": "all-linear", "exclude_modules": ["k_proj"]}),
    ("llama", "exclude names", {"target_modules": ["q_proj", "v_proj"], "exclude_modules": ["layers.0.self_attn.q_proj"]}),
    ("llama", "exclude regex", {"target_modules": "all-linear", "exclude_modules": r".*\.mlp\..*"}),
    ("llama", "exclude everything", {"target_modules": ["q_proj"], "exclude_modules": ["q_proj"]}),
    ("llama", "layers_to_transform list", {"target_modules": ["q_proj"], "layers_to_transform": [1]}),
    ("llama", "layers_to_transform int", {"target_modules": ["q_proj"], "layers_to_transform": 0}),
    ("llama", "layers_to_transform empty", {"target_modules": ["q_proj"], "layers_to_transform": []}),
    ("llama", "layers_to_transform absent layer", {"target_modules": ["q_proj"], "layers_to_transform": [9]}),
    ("llama", "layers_to_transform spares full names",
     {"target_modules": ["model.layers.0.self_attn.q_proj", "v_proj"], "layers_to_transform": [1]}),
    ("llama", "layers_to_transform drops modules outside layers",
     {"target_modules": ["q_proj", "embed_tokens"], "layers_to_transform": [0]}),
    ("llama", "layers_pattern", {"target_modules": ["q_proj"], "layers_to_transform": [1], "layers_pattern": "layers"}),
    ("llama", "layers_pattern list",
     {"target_modules": ["q_proj"], "layers_to_transform": [1], "layers_pattern": ["blocks", "lay.rs"]}),
    ("llama", "layers_pattern of another model",
     {"target_modules": ["q_proj"], "layers_to_transform": [1], "layers_pattern": "h"}),
    ("llama", "rank and alpha patterns",
     {"target_modules": ["q_proj", "v_proj", "down_proj"], "r": 4,
      "rank_pattern": {"down_proj": 2, r"layers\.1\.self_attn\.q_proj": 6}, "alpha_pattern": {"v_proj": 16}}),
    ("llama", "first pattern wins",
     {"target_modules": ["q_proj"], "rank_pattern": {"self_attn.*": 3, "q_proj": 5},
      "alpha_pattern": {"q_proj": 2, "layers.0.self_attn.q_proj": 4}}),
    ("llama", "pattern is a suffix of whole segments", {"target_modules": ["q_proj"], "rank_pattern": {"proj": 3}}),
    ("llama", "rank stabilized",
     {"target_modules": ["q_proj"], "r": 4, "lora_alpha": 6, "use_rslora": True, "rank_pattern": {"layers.1.*": 9}}),
    ("llama", "modules_to_save", {"target_modules": ["q_proj"], "modules_to_save": ["lm_head"]}),
    ("llama", "modules_to_save container", {"target_modules": "all-linear", "modules_to_save": ["layers.1.mlp"]}),
    ("llama", "modules_to_save norm", {"target_modules": ["q_proj"], "modules_to_save": ["model.norm"]}),
    ("llama", "modules_to_save matches ends of names", {"target_modules": ["q_proj"], "modules_to_save": ["orm"]}),
    ("llama", "modules_to_save without a match", {"target_modules": ["q_proj"], "modules_to_save": ["score"]}),
    ("llama", "modules_to_save shields its modules", {"target_modules": ["q_proj"], "modules_to_save": ["self_attn"]}),
    ("llama", "embedding", {"target_modules": ["embed_tokens", "q_proj"]}),
    ("llama", "embedding by full name", {"target_modules": ["model.embed_tokens", "q_proj"]}),
    ("llama", "embedding by regex", {"target_modules": r".*(embed_tokens|q_proj)"}),
    ("llama", "output head", {"target_modules": ["lm_head"]}),
    ("llama-4-layers", "long list of suffixes and names",
     {"target_modules": ["up_proj"] + [f"model.layers.{i}.{m}" for i in range(4)
                                       for m in ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
                                                 "self_attn.o_proj", "mlp.down_proj")]}),
    ("llama-4-layers", "long list with layers",
     {"layers_to_transform": [2],
      "target_modules": [f"model.layers.{i}.{m}" for i in range(4)
                         for m in ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
                                   "self_attn.o_proj", "mlp.down_proj")]}),
    ("llama-4-layers", "long list that cannot be condensed to last segments",
     {"target_modules": [f"model.layers.{i}.{m}" for i in range(1, 4)
                         for m in ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
                                   "mlp.down_proj", "mlp.up_proj", "mlp.gate_proj")]}),
    ("llama", "layers_pattern with an alternative",
     {"target_modules": ["q_proj"], "layers_to_transform": [1], "layers_pattern": ["(blocks|layers)"]}),
    ("llama", "layers_pattern without brackets",
     {"target_modules": ["q_proj"], "layers_to_transform": [1], "layers_pattern": ["layers|blocks"]}),
    ("llama", "layer index of a later list",
     {"target_modules": ["q_proj"], "layers_to_transform": [1], "layers_pattern": ["model"]}),
    ("llama", "unmatched patterns",
     {"target_modules": ["q_proj"], "rank_pattern": {"v_proj": 2}, "alpha_pattern": {"o_proj": 3}}),
    ("llama", "modules_to_save is an expression", {"target_modules": "all-linear", "modules_to_save": ["layers.."]}),
    ("gpt2", "architecture default", {}),
    ("gpt2", "all-linear", {"target_modules": "all-linear"}),
    ("gpt2", "layers_to_transform", {"target_modules": ["c_proj"], "layers_to_transform": [1]}),
    ("gpt2", "embeddings", {"target_modules": ["wte", "c_attn"]}),
    ("gpt2", "bias all", {"bias": "all"}),
    ("gpt2", "mixed kinds", {"target_modules": ["c_attn", "lm_head"]}),
    ("opt", "bias none", {}),
    ("opt", "bias lora_only", {"bias": "lora_only"}),
    ("opt", "bias all", {"bias": "all"}),
    ("opt", "bias all with modules_to_save", {"bias": "all", "modules_to_save": ["fc1"]}),
    ("opt", "bias lora_only with modules_to_save", {"bias": "lora_only", "modules_to_save": ["fc1"]}),
    ("bert", "architecture default", {"task_type": SEQ_CLS}),
    ("bert", "all-linear", {"target_modules": "all-linear", "task_type": SEQ_CLS}),
    ("bert", "all-linear without a task", {"target_modules": "all-linear", "task_type": None}),
    ("bert", "modules_to_save besides the head", {"modules_to_save": ["pooler"], "task_type": SEQ_CLS}),
    ("roberta", "architecture default", {"task_type": SEQ_CLS}),
    ("roberta", "all-linear", {"target_modules": "all-linear", "task_type": SEQ_CLS}),
]


def describe(model):
    """The modules that own parameters, in model order."""
    kinds = {torch.nn.Linear: "LINEAR", Conv1D: "CONV1D", torch.nn.Embedding: "EMBEDDING"}
    rows = []
    for name, module in model.named_modules():
        if not list(module.parameters(recurse=False)):
            continue
        kind = next((k for c, k in kinds.items() if isinstance(module, c)), "NORM")
        shape = tuple(module.weight.shape)
        # Linear keeps [out, in], Conv1D [in, out], an embedding [rows, width].
        n_in, n_out = {"LINEAR": shape[::-1], "CONV1D": shape, "EMBEDDING": shape}.get(kind, (shape[0], shape[0]))
        bias = getattr(module, "bias", None) is not None
        rows.append([name, kind, module is model.get_output_embeddings(), n_in, n_out, bias])
    return rows


def run(build, options):
    torch.manual_seed(0)
    try:
        config = LoraConfig(**{"task_type": CAUSAL, **options})
        model = get_peft_model(build(), config)
    except (ValueError, TypeError) as e:
        return {"error": str(e).split("\n")[0][:60]}
    base = model.base_model.model
    adapted = {n: [m.r["default"], m.lora_alpha["default"], m.scaling["default"]]
               for n, m in base.named_modules() if isinstance(m, LoraLayer)}
    saved = [n for n, m in base.named_modules() if isinstance(m, ModulesToSaveWrapper)]
    trainable = [n for n, p in model.named_parameters() if p.requires_grad]
    with tempfile.TemporaryDirectory() as d:
        model.save_pretrained(d)
        with open(d + "/adapter_config.json") as f:
            written = json.load(f)
        with safe_open(d + "/adapter_model.safetensors", "pt") as f:
            keys = sorted(f.keys())
    targets = written["target_modules"]
    return {
        "adapted": adapted, "saved": saved, "trainable": trainable, "file": keys,
        "trainable_parameters": model.get_nb_trainable_parameters()[0],
        "target_modules": sorted(targets) if isinstance(targets, list) else targets,
        "modules_to_save": written["modules_to_save"], "fan_in_fan_out": written["fan_in_fan_out"],
    }


def main(output):
    models = {name: {"default_targets": DEFAULTS[name], "modules": describe(build())} for name, build in MODELS.items()}
    cases = [{"model": m, "name": n, "config": c, "peft": run(MODELS[m], dict(c))} for m, n, c in CASES]
    dumps = lambda v: json.dumps(v, sort_keys=False)
    with open(output, "w") as f:
        f.write('{"models": {\n' + ",\n".join(f"{dumps(k)}: {dumps(v)}" for k, v in models.items()))
        f.write('},\n"cases": [\n' + ",\n".join(map(dumps, cases)) + "\n]}\n")


main(sys.argv[1])
