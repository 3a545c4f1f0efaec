"""Makes the samples beside it: tiny checkpoints of shapes that the golden ones do not have, what
transformers and PEFT compute with them, and the constants of position schemes.

    python make_samples.py      # torch 2.13.0, transformers 5.18.0, peft 0.21.0, CPU, float32

Each checkpoint: config.json, model.safetensors, io.safetensors (input_ids, attention_mask, labels,
logits, loss; row 1 is left padded by 3). Each adapter: PEFT's files (both factors random) and
io.safetensors (logits, loss, grad.NAME by PEFT's in-memory names, merged_logits, and the losses
before each of five AdamW steps: learning rate 1e-2, weight decay 0.01; some with generated: after
these, greedy, 16 new tokens, end-of-sequence ignored).
"""

import json
import pathlib
import shutil

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import (
    BloomConfig, BloomForCausalLM, FalconConfig, FalconForCausalLM, GemmaConfig, GemmaForCausalLM,
    GenerationConfig, GPT2Config, GPT2LMHeadModel, GPTJConfig, GPTJForCausalLM, GPTNeoXConfig,
    GPTNeoXForCausalLM, LlamaConfig, LlamaForCausalLM, MptConfig, MptForCausalLM, OPTConfig,
    OPTForCausalLM, Phi3Config, Phi3ForCausalLM, Qwen2Config, Qwen2ForCausalLM, Qwen3Config,
    Qwen3ForCausalLM)
from transformers.models.bloom.modeling_bloom import build_alibi_tensor
from transformers.models.falcon.modeling_falcon import build_alibi_tensor as build_falcon_alibi
from transformers.models.mpt.modeling_mpt import build_mpt_alibi_tensor
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

HERE = pathlib.Path(__file__).parent
SIZES = dict(vocab_size=61, pad_token_id=3, bos_token_id=1, eos_token_id=2)
LLAMA = dict(SIZES, hidden_size=48, intermediate_size=72, num_hidden_layers=2,
             num_attention_heads=6, num_key_value_heads=3, max_position_embeddings=64)
BLOOM = dict(SIZES, hidden_size=48, n_layer=2)
FALCON = dict(SIZES, hidden_size=48, num_hidden_layers=2, num_attention_heads=6,
              max_position_embeddings=64)


def randomize(model, seed):
    """No norm weight is 1 and no bias 0, so that nothing can be left out unseen."""
    torch.manual_seed(seed)
    for parameter in model.parameters():
        if parameter.dim() == 1:
            base = 1.0 if parameter.mean() > 0.5 else 0.0
            parameter.data = base + 0.2 * torch.randn_like(parameter)
        else:
            parameter.data = 0.15 * torch.randn_like(parameter)
    model.tie_weights()
    return model.float().eval()


def batch(seed):
    torch.manual_seed(seed)
    ids = torch.randint(4, SIZES["vocab_size"], (2, 9))
    mask = torch.ones_like(ids)
    ids[1, :3], mask[1, :3] = SIZES["pad_token_id"], 0
    labels = torch.where(mask.bool(), ids, -100)
    labels[0, :2] = -100
    labels[1, 3] = -100  # transformers would have a padding token predict it
    return dict(input_ids=ids, attention_mask=mask, labels=labels)


def outputs(model, inputs):
    with torch.no_grad():
        out = model(**inputs)
    return dict(logits=out.logits.clone(), loss=out.loss.clone())


def checkpoint(name, model, seed):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    randomize(model, seed).save_pretrained(folder)
    (folder / "generation_config.json").unlink()
    inputs = batch(seed)
    save_file({**inputs, **outputs(model, inputs)}, folder / "io.safetensors")
    return folder, inputs


def generated(model, inputs):
    model.generation_config.eos_token_id = None
    greedy = GenerationConfig(do_sample=False, max_new_tokens=16, pad_token_id=3)
    prompt = {k: inputs[k] for k in ("input_ids", "attention_mask")}
    return model.generate(**prompt, generation_config=greedy)


def adapter(make, folder, inputs, name, merged=True, generates=False, **settings):
    config = LoraConfig(r=3, lora_alpha=6, lora_dropout=0.0, task_type="CAUSAL_LM", **settings)
    peft = get_peft_model(make.from_pretrained(folder).eval(), config)
    torch.manual_seed(len(name))
    for parameter in (p for n, p in peft.named_parameters() if "lora_" in n):
        parameter.data = 0.2 * torch.randn_like(parameter)
    target = folder / "adapters" / name
    peft.save_pretrained(target)
    (target / "README.md").unlink()
    config_file = target / "adapter_config.json"
    fields = json.loads(config_file.read_text())
    fields["base_model_name_or_path"] = ""
    if isinstance(fields["target_modules"], list):
        fields["target_modules"].sort()
    config_file.write_text(json.dumps(fields, indent=2, sort_keys=True))
    reference = outputs(peft, inputs)
    loss = peft(**inputs).loss
    loss.backward()
    trained = {n: p for n, p in peft.named_parameters() if p.requires_grad}
    reference.update({"grad." + n: p.grad.clone() for n, p in trained.items()})
    if merged:
        twin = get_peft_model(make.from_pretrained(folder).eval(), config)
        twin.load_state_dict(peft.state_dict())
        reference["merged_logits"] = outputs(twin.merge_and_unload(), inputs)["logits"]
    optimizer = torch.optim.AdamW(trained.values(), lr=1e-2, weight_decay=0.01)
    losses = []
    for _ in range(5):
        optimizer.zero_grad()
        loss = peft(**inputs).loss
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    reference["train_losses"] = torch.stack(losses)
    if generates:
        reference["generated"] = generated(peft, inputs)
    save_file({k: v.contiguous() for k, v in reference.items()}, target / "io.safetensors")


def positions():
    slopes = {}
    for heads in range(1, 33):
        # Two keys: the bias of key 1 is the slope itself.
        alibi = build_alibi_tensor(torch.ones(1, 2), heads, torch.float32)
        slopes[str(heads)] = alibi[:, 0, 1].tolist()
    mpt = {str(heads): (-build_mpt_alibi_tensor(heads, 2)[:, 0, 0]).tolist()
           for heads in range(1, 33)}
    far = [0, 1, 5, 100, 257, 300, 515, 599]
    falcon = build_falcon_alibi(torch.ones(1, 600, dtype=torch.long), 6, torch.float32)[:, 0, far]
    ropes = {
        "default": dict(rope_type="default", rope_theta=10000.0),
        "linear": dict(rope_type="linear", rope_theta=10000.0, factor=4.0),
        "llama3": dict(rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0,
                       high_freq_factor=4.0, original_max_position_embeddings=64),
        "yarn": dict(rope_type="yarn", rope_theta=10000.0, factor=4.0,
                     original_max_position_embeddings=128),
    }
    rotary = {}
    at = [0, 1, 2, 7, 63, 300]
    for name, rope in ropes.items():
        config = LlamaConfig(hidden_size=64, num_attention_heads=2, head_dim=32,
                             max_position_embeddings=512, rope_parameters=rope)
        cos, sin = LlamaRotaryEmbedding(config)(torch.zeros(1), torch.tensor([at]))
        rotary[name] = dict(positions=at, cos=cos[0, :, :16].tolist(), sin=sin[0, :, :16].tolist())
    text = json.dumps(dict(
        alibi_slopes=slopes, mpt_slopes=mpt, 
        falcon_biases=dict(keys=far, biases=(falcon / 8**0.5).tolist()), rotary=rotary), indent=1)
    (HERE / "positions.json").write_text(text + "\n")


def main():
    positions()
    # Six heads over three keys and values, positions scaled linearly.
    rope = dict(rope_type="linear", rope_theta=10000.0, factor=2.0)
    model = LlamaForCausalLM(LlamaConfig(
        **LLAMA, attention_bias=True, mlp_bias=True, rope_parameters=rope))
    folder, inputs = checkpoint("llama-biases", model, 1)
    adapter(LlamaForCausalLM, folder, inputs, "bias-all", bias="all", target_modules="all-linear")
    adapter(LlamaForCausalLM, folder, inputs, "bias-lora_only", bias="lora_only",
            target_modules=["q_proj", "down_proj"])

    model = LlamaForCausalLM(LlamaConfig(**LLAMA, tie_word_embeddings=True))
    folder, inputs = checkpoint("llama-tied", model, 2)
    # PEFT merges a tied head into the embedding too, which changes what the model computes.
    adapter(LlamaForCausalLM, folder, inputs, "lm_head", merged=False,
            target_modules=["v_proj", "lm_head"])

    model = LlamaForCausalLM(LlamaConfig(**LLAMA))
    folder, inputs = checkpoint("llama-untied", model, 3)
    adapter(LlamaForCausalLM, folder, inputs, "lm_head", target_modules=["v_proj", "lm_head"])

    model = BloomForCausalLM(BloomConfig(**BLOOM, n_head=6))
    folder, inputs = checkpoint("bloom-6-heads", model, 4)
    adapter(BloomForCausalLM, folder, inputs, "all-linear", target_modules="all-linear")
    adapter(BloomForCausalLM, folder, inputs, "bias-all", bias="all",
            target_modules=["query_key_value"])

    model = BloomForCausalLM(BloomConfig(
        **BLOOM, n_head=12, apply_residual_connection_post_layernorm=True,
        tie_word_embeddings=False))
    folder, inputs = checkpoint("bloom-12-heads-residual-after-norm", model, 5)
    adapter(BloomForCausalLM, folder, inputs, "all-linear", target_modules="all-linear")
    rotary_family()
    other_family()


def rotary_family():
    all_linear = dict(name="all-linear", target_modules="all-linear")

    model = GemmaForCausalLM(GemmaConfig(**LLAMA, head_dim=16, tie_word_embeddings=True))
    adapter(GemmaForCausalLM, *checkpoint("gemma", model, 6), **all_linear)

    # Half of each head does not rotate, and a query sees four keys.
    model = Phi3ForCausalLM(Phi3Config(**LLAMA, sliding_window=4, rope_parameters=dict(
        rope_type="default", rope_theta=10000.0, partial_rotary_factor=0.5)))
    adapter(Phi3ForCausalLM, *checkpoint("phi3-partial-rotary", model, 7), **all_linear)

    # A window in the second layer only.
    model = Qwen2ForCausalLM(Qwen2Config(
        **LLAMA, use_sliding_window=True, sliding_window=4, max_window_layers=1))
    adapter(Qwen2ForCausalLM, *checkpoint("qwen2-upper-window", model, 8), **all_linear)

    rope = dict(rope_type="yarn", rope_theta=10000.0, factor=4.0,
                original_max_position_embeddings=16)
    model = Qwen3ForCausalLM(Qwen3Config(
        **LLAMA, head_dim=16, attention_bias=True, rope_parameters=rope))
    adapter(Qwen3ForCausalLM, *checkpoint("qwen3-yarn", model, 9), **all_linear)

    # Factors by length: the short ones hold up to 16 positions.
    model = Phi3ForCausalLM(Phi3Config(
        **LLAMA, original_max_position_embeddings=16, rope_parameters=dict(
            rope_type="longrope", rope_theta=10000.0, short_factor=[1.0, 1.5, 2.0, 3.0],
            long_factor=[2.0, 4.0, 6.0, 8.0])))
    adapter(Phi3ForCausalLM, *checkpoint("phi3-longrope", model, 15), **all_linear)

    rope = dict(rope_type="dynamic", rope_theta=10000.0, factor=4.0)
    model = LlamaForCausalLM(LlamaConfig(**LLAMA, rope_parameters=rope))
    adapter(LlamaForCausalLM, *checkpoint("llama-dynamic", model, 16), **all_linear)


def other_family():
    """GPT-2's relatives: one fused projection, parallel residuals, other positions."""
    every = dict(target_modules="all-linear", generates=True)

    model = GPT2LMHeadModel(GPT2Config(
        **SIZES, n_embd=48, n_layer=2, n_head=6, n_inner=80, n_positions=64,
        tie_word_embeddings=False))
    folder, inputs = checkpoint("gpt2-untied", model, 6)
    adapter(GPT2LMHeadModel, folder, inputs, "saved", target_modules=["c_attn"],
            modules_to_save=["wpe", "mlp.c_fc"], generates=True)

    model = GPTNeoXForCausalLM(GPTNeoXConfig(
        **SIZES, hidden_size=48, intermediate_size=80, num_hidden_layers=2, num_attention_heads=6,
        max_position_embeddings=64, use_parallel_residual=False, attention_bias=False,
        rope_parameters=dict(rope_type="default", rope_theta=5000.0, partial_rotary_factor=0.5)))
    folder, inputs = checkpoint("gpt_neox-sequential", model, 7)
    adapter(GPTNeoXForCausalLM, folder, inputs, "all-linear", **every)

    model = OPTForCausalLM(OPTConfig(
        **SIZES, hidden_size=48, word_embed_proj_dim=32, ffn_dim=80, num_hidden_layers=2,
        num_attention_heads=6, max_position_embeddings=64, do_layer_norm_before=False))
    folder, inputs = checkpoint("opt-post-norm", model, 8)
    adapter(OPTForCausalLM, folder, inputs, "all-linear", **every)

    model = FalconForCausalLM(FalconConfig(
        **FALCON, new_decoder_architecture=True, num_kv_heads=2, ffn_hidden_size=80, bias=True))
    folder, inputs = checkpoint("falcon-new", model, 9)
    adapter(FalconForCausalLM, folder, inputs, "all-linear", **every)

    model = FalconForCausalLM(FalconConfig(
        **FALCON, new_decoder_architecture=True, num_kv_heads=2, num_ln_in_parallel_attn=1))
    folder, inputs = checkpoint("falcon-new-one-norm", model, 10)
    adapter(FalconForCausalLM, folder, inputs, "all-linear", **every)

    model = FalconForCausalLM(FalconConfig(
        **FALCON, alibi=True, multi_query=False, parallel_attn=False, bias=True))
    folder, inputs = checkpoint("falcon-rw", model, 11)
    adapter(FalconForCausalLM, folder, inputs, "all-linear", **every)

    model = GPTJForCausalLM(GPTJConfig(
        **SIZES, n_embd=48, n_layer=2, n_head=3, rotary_dim=8, n_positions=64))
    folder, inputs = checkpoint("gptj", model, 12)
    adapter(GPTJForCausalLM, folder, inputs, "all-linear", **every)
    adapter(GPTJForCausalLM, folder, inputs, "default")

    model = MptForCausalLM(MptConfig(
        **SIZES, d_model=48, n_heads=6, n_layers=2, max_seq_len=64,
        attn_config=dict(clip_qkv=0.5)))
    folder, inputs = checkpoint("mpt-clipped", model, 13)
    adapter(MptForCausalLM, folder, inputs, "all-linear", **every)

    model = MptForCausalLM(MptConfig(**SIZES, d_model=48, n_heads=4, n_layers=2, max_seq_len=64))
    folder, inputs = checkpoint("mpt", model, 14)
    adapter(MptForCausalLM, folder, inputs, "default", generates=True)


if __name__ == "__main__":
    main()
