"""Makes the adapters called "tokens" beside the golden models: rows of the token table that train
beside LoRA (PEFT: trainable_token_indices).

    python make_tokens.py      # torch 2.13.0, transformers 5.18.0, peft 0.21.0, CPU, float32

Each holds PEFT's files (all that trains is random), counts.json and io.safetensors, as the other
golden adapters do: logits, loss, grad.NAME, merged_logits, train_losses (20 AdamW steps on the batch
of the model's io.safetensors: lr 1e-2, weight decay 0.01; the loss before each), final.NAME,
generated.
"""

import copy
import json
import pathlib

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, GenerationConfig

MODELS = pathlib.Path(__file__).parent.parent / "golden" / "models"
STEPS = 20


def make(model, name, **config):
    directory, out = MODELS / model, MODELS / model / "adapters" / name
    torch.manual_seed(11)
    torch.set_num_threads(1)
    base = AutoModelForCausalLM.from_pretrained(
        directory, dtype=torch.float32, attn_implementation="eager"
    )
    adapted = get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", r=4, lora_alpha=8, **config))
    trained = {n: p for n, p in adapted.named_parameters() if p.requires_grad}
    for parameter_name, parameter in trained.items():
        noise = torch.randn_like(parameter)
        rows = "trainable_tokens_delta" in parameter_name
        parameter.data = parameter.data + 0.1 * noise if rows else 0.05 * noise
    adapted.save_pretrained(out)
    (out / "README.md").unlink(missing_ok=True)
    file = out / "adapter_config.json"
    fields = json.loads(file.read_text())
    fields["base_model_name_or_path"] = ""
    file.write_text(json.dumps(fields, indent=2, sort_keys=True))
    trainable, total = adapted.get_nb_trainable_parameters()
    (out / "counts.json").write_text(json.dumps({"trainable": trainable, "all": total}))
    save_file(results(adapted.eval(), trained, directory), out / "io.safetensors")


def results(adapted, trained, directory):
    io = load_file(directory / "io.safetensors")
    batch = {k: io[k] for k in ("input_ids", "attention_mask")}
    output = adapted(**batch, labels=io["labels"])
    output.loss.backward()
    found = {"logits": output.logits, "loss": output.loss}
    found |= {"grad." + n: p.grad.clone() for n, p in trained.items()}
    found["merged_logits"] = copy.deepcopy(adapted).merge_and_unload()(**batch).logits
    optimizer = torch.optim.AdamW(trained.values(), lr=1e-2, weight_decay=0.01)
    losses = []
    for _ in range(STEPS):
        loss = adapted(**batch, labels=io["labels"]).loss
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    found["train_losses"] = torch.tensor(losses)
    found |= {"final." + n: p for n, p in trained.items()}
    endless = GenerationConfig(
        max_new_tokens=16, do_sample=False, pad_token_id=3, bos_token_id=1, eos_token_id=None
    )
    adapted.base_model.model.generation_config = endless
    found["generated"] = adapted.generate(**batch, generation_config=endless)
    return {k: v.detach().clone().contiguous() for k, v in found.items()}


def main():
    some = dict(target_modules=["q_proj", "v_proj"])
    make("llama", "tokens", trainable_token_indices=[30, 5, 9], **some)
    make(
        "llama",
        "tokens-of-two-tables",
        trainable_token_indices={"embed_tokens": [5, 9], "lm_head": [2, 60, 7, 5]},
        **some,
    )
    make("llama3-tied-scaled", "tokens", trainable_token_indices=[30, 5, 9], **some)
    make("gemma2", "tokens", trainable_token_indices=[4, 7], **some)


main()
