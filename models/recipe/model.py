# SPDX-License-Identifier: Apache-2.0
"""A Llama-style decoder in PyTorch that reads and writes Hugging Face directories.

Pre-norm blocks with RMSNorm, rotary positions on halves of the head, grouped-query attention, a SwiGLU feed-forward
network and an output matrix tied to the embedding (Touvron et al., 2023; Ainslie et al., 2023).
"""

import dataclasses
import json
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import nn

NORM_EPS = 1e-5
ROPE_BASE = 500000.0


@dataclasses.dataclass(frozen=True)
class Shape:
    """Sizes of a model; ``hidden`` must be a multiple of ``heads``, and ``heads`` of ``kv_heads``."""

    hidden: int = 384
    layers: int = 8
    heads: int = 6
    kv_heads: int = 2
    feed_forward: int = 1024
    vocabulary: int = 4096

    def __post_init__(self):
        if self.hidden % self.heads or self.heads % self.kv_heads:
            raise ValueError(f"heads must divide hidden, and KV heads must divide heads: {self}")

    @property
    def head_dim(self):
        return self.hidden // self.heads

    @classmethod
    def parse(cls, text):
        """Read ``hidden,layers,heads,kv_heads,feed_forward,vocabulary``."""
        return cls(*(int(part) for part in text.split(",")))


def rope_tables(length, head_dim, device):
    """Cosines and sines ``[length, head_dim / 2]`` of the rotary angles."""
    frequencies = ROPE_BASE ** (-torch.arange(0, head_dim, 2).float() / head_dim)
    angles = torch.outer(torch.arange(length).float(), frequencies)
    return angles.cos().to(device), angles.sin().to(device)


def rotate(x, cos, sin):
    """Rotate the pairs (i, i + head_dim / 2) of the last axis."""
    first, second = x.chunk(2, -1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), -1)


class Block(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        kv_width = shape.kv_heads * shape.head_dim
        self.attention_norm = nn.RMSNorm(shape.hidden, eps=NORM_EPS)
        self.query = nn.Linear(shape.hidden, shape.hidden, bias=False)
        self.key = nn.Linear(shape.hidden, kv_width, bias=False)
        self.value = nn.Linear(shape.hidden, kv_width, bias=False)
        self.output = nn.Linear(shape.hidden, shape.hidden, bias=False)
        self.mlp_norm = nn.RMSNorm(shape.hidden, eps=NORM_EPS)
        self.gate = nn.Linear(shape.hidden, shape.feed_forward, bias=False)
        self.up = nn.Linear(shape.hidden, shape.feed_forward, bias=False)
        self.down = nn.Linear(shape.feed_forward, shape.hidden, bias=False)

    def _split_heads(self, x, heads):
        return x.view(x.shape[0], x.shape[1], heads, self.shape.head_dim).transpose(1, 2)

    def forward(self, x, cos, sin):
        h = self.attention_norm(x)
        query = rotate(self._split_heads(self.query(h), self.shape.heads), cos, sin)
        key = rotate(self._split_heads(self.key(h), self.shape.kv_heads), cos, sin)
        value = self._split_heads(self.value(h), self.shape.kv_heads)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)
        x = x + self.output(mixed.transpose(1, 2).reshape(x.shape))
        h = self.mlp_norm(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class Decoder(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.hidden)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = nn.RMSNorm(shape.hidden, eps=NORM_EPS)
        self._initialise()

    def _initialise(self):
        """Variance 1 / fan-in, and matrices that write to the residual stream scaled down by its depth."""
        nn.init.normal_(self.embedding.weight, 0, 0.02)
        for name, weight in self.blocks.named_parameters():
            if weight.ndim != 2:
                continue
            std = weight.shape[1] ** -0.5
            if name.endswith(("output.weight", "down.weight")):
                std *= (2 * self.shape.layers) ** -0.5
            nn.init.normal_(weight, 0, std)

    def forward(self, ids, cos, sin, targets=None):
        """Logits ``[batch, tokens, vocabulary]``, or the mean cross-entropy if ``targets`` are given."""
        x = self.embedding(ids)
        for block in self.blocks:
            x = block(x, cos, sin)
        logits = F.linear(self.norm(x), self.embedding.weight)
        if targets is None:
            return logits
        return F.cross_entropy(logits.float().view(-1, self.shape.vocabulary), targets.reshape(-1))


_BLOCK_NAMES = {
    "attention_norm": "input_layernorm",
    "query": "self_attn.q_proj",
    "key": "self_attn.k_proj",
    "value": "self_attn.v_proj",
    "output": "self_attn.o_proj",
    "mlp_norm": "post_attention_layernorm",
    "gate": "mlp.gate_proj",
    "up": "mlp.up_proj",
    "down": "mlp.down_proj",
}


def _hugging_face_name(name):
    if name == "embedding.weight":
        return "model.embed_tokens.weight"
    if name == "norm.weight":
        return "model.norm.weight"
    _, layer, part, _ = name.split(".")
    return f"model.layers.{layer}.{_BLOCK_NAMES[part]}.weight"


def save(model, max_positions, directory):
    """Write ``config.json`` and bfloat16 ``model.safetensors``."""
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    weights = {
        _hugging_face_name(name): weight.detach().to(torch.bfloat16).cpu().contiguous()
        for name, weight in model.named_parameters()
    }
    save_file(weights, directory / "model.safetensors", {"format": "pt"})
    shape = model.shape
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": shape.vocabulary,
        "hidden_size": shape.hidden,
        "intermediate_size": shape.feed_forward,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.head_dim,
        "max_position_embeddings": max_positions,
        "rms_norm_eps": NORM_EPS,
        "rope_theta": ROPE_BASE,
        "tie_word_embeddings": True,
        "hidden_act": "silu",
        "bos_token_id": 0,
        "eos_token_id": 1,
        "torch_dtype": "bfloat16",
    }
    (directory / "config.json").write_text(json.dumps(config, indent=1))


def load(directory):
    """Read a directory written by :func:`save`; the weights become float32."""
    directory = Path(directory)
    config = json.loads((directory / "config.json").read_text())
    shape = Shape(
        hidden=config["hidden_size"],
        layers=config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        kv_heads=config["num_key_value_heads"],
        feed_forward=config["intermediate_size"],
        vocabulary=config["vocab_size"],
    )
    model = Decoder(shape)
    stored = load_file(directory / "model.safetensors")
    own = {name: stored[_hugging_face_name(name)].float() for name, _ in model.named_parameters()}
    model.load_state_dict(own)
    return model
