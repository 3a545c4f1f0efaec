"""Writes logits_processors.json: the probabilities that transformers samples from.

The processors are chosen and ordered by transformers itself (`_get_logits_processor`).
"""

import json
from pathlib import Path

import torch
import transformers
from transformers import GenerationConfig, GPT2Config, GPT2LMHeadModel

VOCABULARY = 40
model = GPT2LMHeadModel(GPT2Config(vocab_size=VOCABULARY, n_embd=4, n_layer=1, n_head=1, n_positions=8, bos_token_id=0, eos_token_id=0))

CASES = {
    "neutral": {},
    "temperature below one": {"temperature": 0.5},
    "temperature above one": {"temperature": 1.7},
    "top-k": {"top_k": 5},
    "top-k of one": {"top_k": 1},
    "top-k beyond the vocabulary": {"top_k": 1000},
    "top-p": {"top_p": 0.8},
    "top-p below the first probability": {"top_p": 0.01},
    "top-p near one": {"top_p": 0.99},
    "min-p": {"min_p": 0.1},
    "min-p of one": {"min_p": 1.0},
    "repetition penalty above one": {"repetition_penalty": 1.8},
    "repetition penalty below one": {"repetition_penalty": 0.6},
    "min new tokens not reached": {"min_new_tokens": 3},
    "min new tokens reached": {"min_new_tokens": 2},
    "temperature before top-p": {"temperature": 1.7, "top_p": 0.8},
    "top-k before top-p": {"top_k": 4, "top_p": 0.7},
    "top-p before min-p": {"top_p": 0.6, "min_p": 0.15},
    "everything": {
        "repetition_penalty": 1.3, "min_new_tokens": 9, "temperature": 0.8, "top_k": 12, "top_p": 0.9, "min_p": 0.2,
    },
}


def logits(kind):
    generator = torch.Generator().manual_seed(7)
    values = torch.randn(VOCABULARY, generator=generator) * 1.3
    if kind == "ties":
        values = values.round()
    return values


def case(name, settings, kind):
    prompt, generated, ends = [3, 9, 9, 21], [5, 30], [2, 11]
    config = GenerationConfig(do_sample=True, eos_token_id=ends, **{"top_k": 0, **settings})
    config._eos_token_tensor = torch.tensor(ends)
    processors = model._get_logits_processor(config, input_ids_seq_length=len(prompt), device="cpu")
    values = logits(kind)
    scores = processors(torch.tensor([prompt + generated]), values[None].clone())
    return {
        "name": f"{name}, {kind}",
        "settings": settings,
        "processors": [type(p).__name__ for p in processors],
        "prompt": prompt,
        "generated": generated,
        "end_of_sequence": ends,
        "logits": values.tolist(),
        "probabilities": torch.softmax(scores[0], -1).tolist(),
    }


# Among equal logits transformers' top-p keeps whichever its unstable sort puts last: no ties there.
cases = [case(n, s, "distinct") for n, s in CASES.items()]
cases += [case(n, s, "ties") for n, s in CASES.items() if "top_p" not in s]
text = json.dumps({"transformers": transformers.__version__, "cases": cases}, indent=1)
Path(__file__).with_suffix(".json").write_text(text + "\n")
