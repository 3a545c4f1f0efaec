"""Makes torch-run.safetensors: a training run in plain torch for FineTuner to be held against.

Run here, with torch, transformers, peft and safetensors installed.
"""

import pathlib

import torch
from peft import PeftModel
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, get_cosine_schedule_with_warmup

HERE = pathlib.Path(__file__).parent
LLAMA = HERE.parent / "golden" / "models" / "llama"
ROWS = [
    ("name a bird", " crow"),
    ("two and two", " make four, so they say"),
    ("a", " b c d"),
    ("who are you?", " nobody"),
    ("end", " of the story and of this row, which is the longest one"),
]
STEPS = 8
END = 2

torch.manual_seed(0)
model = PeftModel.from_pretrained(
    AutoModelForCausalLM.from_pretrained(LLAMA, dtype=torch.float32),
    LLAMA / "adapters" / "default",
    is_trainable=True,
)
model.train()
trainable = {n: p for n, p in model.named_parameters() if p.requires_grad}
optimizer = torch.optim.AdamW(trainable.values(), lr=5e-3, weight_decay=0.01)
schedule = get_cosine_schedule_with_warmup(optimizer, 2, STEPS)
losses, norms, rates = [], [], []
for _ in range(STEPS):
    summed, learned = 0.0, 0
    for prompt, completion in ROWS:
        ids = [ord(c) for c in prompt + completion] + [END]
        labels = [-100] * len(prompt) + ids[len(prompt) :]
        logits = model(input_ids=torch.tensor([ids])).logits[0, :-1]
        target = torch.tensor(labels[1:])
        summed = summed + torch.nn.functional.cross_entropy(logits, target, reduction="sum")
        learned += int((target != -100).sum())
    loss = summed / learned
    loss.backward()
    norms.append(float(torch.nn.utils.clip_grad_norm_(trainable.values(), 0.3)))
    losses.append(float(loss))
    rates.append(schedule.get_last_lr()[0])
    optimizer.step()
    schedule.step()
    optimizer.zero_grad()
tensors = {f"final.{n}": p.detach().contiguous() for n, p in trainable.items()}
tensors |= {
    k: torch.tensor(v, dtype=torch.float32)
    for k, v in {"losses": losses, "norms": norms, "rates": rates}.items()
}
save_file(tensors, HERE / "torch-run.safetensors")
print(losses, norms, rates, sep="\n")
