"""Makes minilm.onnx: the graph of all-MiniLM-L6-v2 as standard ONNX operators, its weights left where they are.

Run it when the checkpoint or the graph changes (it needs `onnx`, from the extra `test`):

    python -m retrieval.minilm_graph

The weights are external data: names, places and lengths inside the checkpoint's safetensors file. So the graph fits
that one file, whose SHA-256 `minilm.py` checks.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from retrieval.minilm import GRAPH, WEIGHTS, checkpoint_folder

OPSET, IR = 20, 9  # the oldest that have Gelu, so that older releases of onnxruntime read the file too
MASKED = -10_000.0  # added to a score: after the softmax nothing is left of it


class _Writer:
    """Collects nodes and tensors; each operator returns the name of its one output."""

    def __init__(self, weights: Path) -> None:
        with weights.open("rb") as file:
            header = int.from_bytes(file.read(8), "little")
            self._tensors = json.loads(file.read(header))
        self._data = 8 + header  # where the tensors' own offsets count from
        self.nodes: list[NodeProto] = []
        self.tensors: dict[str, TensorProto] = {}

    def __call__(self, operator: str, *inputs: str, **attributes: Any) -> str:
        name = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def weight(self, name: str) -> str:
        """A tensor of the checkpoint, by its name there."""
        if name not in self.tensors:
            known = self._tensors[name]
            start, end = known["data_offsets"]
            tensor = TensorProto(
                name=name,
                data_type=TensorProto.FLOAT,
                dims=known["shape"],
                data_location=TensorProto.EXTERNAL,
            )
            for key, value in {
                "location": WEIGHTS,
                "offset": self._data + start,
                "length": end - start,
            }.items():
                tensor.external_data.add(key=key, value=str(value))
            self.tensors[name] = tensor
        return name

    def number(self, value: float | list[int]) -> str:
        """A constant: one float, or integers."""
        array = np.array(value, dtype=np.int64 if isinstance(value, list) else np.float32)
        name = f"constant {value}"
        self.tensors[name] = numpy_helper.from_array(array, name)
        return name

    def linear(self, inputs: str, layer: str) -> str:
        return self("Gemm", inputs, self.weight(f"{layer}.weight"), self.weight(f"{layer}.bias"), transB=1)

    def normalised(self, inputs: str, layer: str, epsilon: float) -> str:
        weight, bias = self.weight(f"{layer}.weight"), self.weight(f"{layer}.bias")
        return self("LayerNormalization", inputs, weight, bias, epsilon=epsilon)


def build(checkpoint: Path) -> ModelProto:
    """The graph: input_ids and attention_mask, int64 (b, s), to vectors of length 1, float32 (b, dimension).

    Its second output, token_vectors, float32 (b, s, dimension), are the tokens' own vectors, of any length.
    """
    config = json.loads((checkpoint / "config.json").read_text())
    size, epsilon = config["hidden_size"], config["layer_norm_eps"]
    write = _Writer(checkpoint / WEIGHTS)
    shape = write("Concat", write("Shape", "input_ids"), write.number([size]), axis=0)
    tokens = write("Cast", "attention_mask", to=TensorProto.FLOAT)
    unseen = write("Unsqueeze", write("Sub", write.number(1.0), tokens), write.number([1, 2]))
    masked = write("Mul", unseen, write.number(MASKED))
    hidden = _embeddings(write, size, epsilon)
    for layer in range(config["num_hidden_layers"]):
        hidden = _layer(write, f"encoder.layer.{layer}", hidden, shape, masked, config)
    hidden = write("Reshape", hidden, shape)
    write.nodes.append(helper.make_node("Identity", [hidden], ["token_vectors"], name="token_vectors"))
    _mean(write, hidden, tokens)
    sequence = ["batch", "sequence"]
    graph = helper.make_graph(
        write.nodes,
        "all-MiniLM-L6-v2",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, sequence)
            for name in ("input_ids", "attention_mask")
        ],
        [
            helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", size]),
            helper.make_tensor_value_info("token_vectors", TensorProto.FLOAT, [*sequence, size]),
        ],
        list(write.tensors.values()),
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)


def _embeddings(write: _Writer, size: int, epsilon: float) -> str:
    """Word, position and segment (always the first) added, (b * s, size)."""
    words = write("Gather", write.weight("embeddings.word_embeddings.weight"), "input_ids")
    length = write("Shape", "input_ids", start=1, end=2)
    zero = write.number([0])
    positions = write("Slice", write.weight("embeddings.position_embeddings.weight"), zero, length, zero)
    segment = write("Gather", write.weight("embeddings.token_type_embeddings.weight"), zero)
    added = write("Add", words, write("Add", positions, segment))
    rows = write("Reshape", added, write.number([-1, size]))
    return write.normalised(rows, "embeddings.LayerNorm", epsilon)


def _layer(write: _Writer, name: str, hidden: str, shape: str, masked: str, config: dict[str, Any]) -> str:
    """One transformer layer over rows of tokens, (b * s, size)."""
    epsilon = config["layer_norm_eps"]
    seen = _attention(write, f"{name}.attention.self", hidden, shape, masked, config)
    added = write("Add", write.linear(seen, f"{name}.attention.output.dense"), hidden)
    attended = write.normalised(added, f"{name}.attention.output.LayerNorm", epsilon)
    inner = write("Gelu", write.linear(attended, f"{name}.intermediate.dense"))
    added = write("Add", write.linear(inner, f"{name}.output.dense"), attended)
    return write.normalised(added, f"{name}.output.LayerNorm", epsilon)


def _attention(
    write: _Writer, name: str, hidden: str, shape: str, masked: str, config: dict[str, Any]
) -> str:
    heads, size = config["num_attention_heads"], config["hidden_size"]
    split = write.number([0, 0, heads, size // heads])

    def by_head(part: str, order: list[int]) -> str:
        rows = write("Reshape", write.linear(hidden, f"{name}.{part}"), shape)
        return write("Transpose", write("Reshape", rows, split), perm=order)

    query, key, value = (
        by_head("query", [0, 2, 1, 3]),
        by_head("key", [0, 2, 3, 1]),
        by_head("value", [0, 2, 1, 3]),
    )
    scaled = write("Mul", write("MatMul", query, key), write.number(float((size / heads) ** -0.5)))
    weights = write("Softmax", write("Add", scaled, masked), axis=-1)
    seen = write("Transpose", write("MatMul", weights, value), perm=[0, 2, 1, 3])
    return write("Reshape", seen, write.number([-1, size]))


def _mean(write: _Writer, hidden: str, tokens: str) -> None:
    """The mean over each text's tokens, padding aside, made length 1: the output."""
    each = write("Unsqueeze", tokens, write.number([-1]))
    total = write("ReduceSum", write("Mul", hidden, each), write.number([1]), keepdims=0)
    mean = write("Div", total, write("ReduceSum", each, write.number([1]), keepdims=0))
    write.nodes.append(helper.make_node("LpNormalization", [mean], ["vectors"], name="vectors", axis=-1, p=2))


def main() -> None:
    GRAPH.write_bytes(build(checkpoint_folder()).SerializeToString())


if __name__ == "__main__":
    main()
