"""Makes the checkpoints beside it: tiny encoders with the heads that the golden ones do not have,
and what transformers computes with them.

    python make_encoders.py      # torch 2.13.0, transformers 5.18.0, CPU, float32

Each checkpoint: config.json, model.safetensors, io.safetensors (input_ids, attention_mask,
token_type_ids, labels with -100 where nothing is learned, logits, loss; row 1 is right padded by 3).
"""

import pathlib

import torch
from safetensors.torch import save_file
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertForTokenClassification,
    RobertaConfig,
    RobertaForMaskedLM,
    RobertaForTokenClassification,
)

HERE = pathlib.Path(__file__).parent
SHAPE = dict(
    vocab_size=61,
    hidden_size=24,
    num_hidden_layers=2,
    num_attention_heads=3,
    intermediate_size=40,
    max_position_embeddings=32,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
)
LABELS = ["O", "B-PER", "I-PER", "B-LOC"]
NAMED = dict(
    id2label=dict(enumerate(LABELS)), label2id={label: i for i, label in enumerate(LABELS)}
)


def inputs(config, classes):
    ids = torch.randint(4, config.vocab_size, (2, 9))
    mask = torch.ones_like(ids)
    ids[1, 6:] = config.pad_token_id
    mask[1, 6:] = 0
    types = torch.zeros_like(ids)
    if config.type_vocab_size > 1:
        types[0, 4:] = 1
        types[1, 3:6] = 1
    labels = torch.randint(0, classes, (2, 9))
    labels[:, 0] = -100
    labels[mask == 0] = -100
    return dict(input_ids=ids, attention_mask=mask, token_type_ids=types, labels=labels)


def make(name, cls, config):
    torch.manual_seed(7)
    model = cls(config).eval()
    with torch.no_grad():
        for p in model.parameters():  # no norm is 1, no bias 0
            p.copy_(torch.randn_like(p) * 0.2 + (0.3 if p.dim() == 1 else 0))
    model.tie_weights()
    model.save_pretrained(HERE / name)
    tensors = inputs(config, config.num_labels if "token" in name else config.vocab_size)
    output = model(**tensors)
    tensors["logits"] = output.logits.detach().contiguous()
    tensors["loss"] = output.loss.detach()
    save_file(tensors, HERE / name / "io.safetensors")


make("bert-token", BertForTokenClassification, BertConfig(pad_token_id=0, **SHAPE, **NAMED))
make("bert-mlm", BertForMaskedLM, BertConfig(pad_token_id=0, **SHAPE))
make(
    "roberta-token",
    RobertaForTokenClassification,
    RobertaConfig(pad_token_id=1, type_vocab_size=1, **SHAPE, **NAMED),
)
make("roberta-mlm", RobertaForMaskedLM, RobertaConfig(pad_token_id=1, type_vocab_size=1, **SHAPE))
