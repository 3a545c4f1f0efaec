# SPDX-License-Identifier: Apache-2.0
"""Reads an adapter that lora4j wrote with PEFT, and says what the model answers with it.

    python read_adapter.py MODEL ADAPTER PROMPT [MAX_NEW_TOKENS]

MODEL is a directory or a name of the Hugging Face hub. Needs: pip install torch transformers peft
"""

import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer


def main() -> None:
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    name, adapter, prompt = sys.argv[1:4]
    max_new_tokens = int(sys.argv[4]) if len(sys.argv) == 5 else 128
    tokenizer = AutoTokenizer.from_pretrained(name)
    base = AutoModelForCausalLM.from_pretrained(name, dtype=torch.float32)
    model = PeftModel.from_pretrained(base, adapter).eval()
    inputs = tokenizer(prompt, return_tensors="pt")
    with torch.no_grad():
        output = model.generate(**inputs, max_new_tokens=max_new_tokens, do_sample=False)
    print(tokenizer.decode(output[0, inputs["input_ids"].shape[1]:], skip_special_tokens=True))


if __name__ == "__main__":
    main()
