"""Golden checkpoints of PyTorch: files of torch.save in all its forms, and the tensors in them.

Each case is a checkpoint, and a safetensors file of the same stem with the tensors that are to be read from it.
"""

import collections
import io
import re
from pathlib import Path

import torch
from safetensors.torch import save_file

class Callback:
    """A class that the reader of the file does not have."""

    def __init__(self):
        self.best = 0.5
        self.weights = torch.ones(3)


class Command:
    """An object that runs a command if its pickle is run."""

    def __reduce__(self):
        import os
        return os.system, ("touch /tmp/latentrt_pickle_was_run",)


def values(*shape, scale=0.25):
    count = torch.Size(shape).numel()
    return ((torch.arange(count, dtype=torch.float64) - count / 3) * scale).reshape(shape).float()


def every_type():
    base = values(3, 4)
    wide = values(6, 4)
    attributed = values(2, 2)
    attributed.origin = "here"
    parameter = torch.nn.Parameter(values(2, 3))
    tagged = torch.nn.Parameter(values(4))
    tagged.tag = 1
    types = {"f32": torch.float32, "f64": torch.float64, "f16": torch.float16, "bf16": torch.bfloat16,
             "i64": torch.int64, "i32": torch.int32, "i16": torch.int16, "i8": torch.int8, "u8": torch.uint8,
             "u16": torch.uint16, "u32": torch.uint32, "u64": torch.uint64, "f8_e4m3": torch.float8_e4m3fn,
             "f8_e5m2": torch.float8_e5m2}
    tensors = {f"type.{name}": base.abs().to(kind) for name, kind in types.items()}
    return tensors | {
        "type.bool": base > 0, "scalar": torch.tensor(1.5), "empty": torch.zeros(0, 3),
        "view.transposed": wide.t(), "view.rows": wide[2:5], "view.columns": wide[:, 1:3], "view.every_second": wide[::2],
        "view.expanded": base[:, :1].expand(3, 5), "view.permuted": values(2, 3, 4).permute(2, 0, 1),
        "view.channels_last": values(2, 3, 2, 2).to(memory_format=torch.channels_last),
        "view.half": values(4, 6).half()[1:, ::3],
        "tied.first": wide, "tied.second": wide, "parameter": parameter, "parameter.tagged": tagged,
        "attributed": attributed,
    }


def lightning():
    weights = collections.OrderedDict([("layer.weight", values(2, 2)), ("layer.bias", values(2))])
    return {"epoch": 3, "global_step": 875000, "pytorch-lightning_version": "1.4.2", "seed": 2 ** 64 - 1,
            "state_dict": weights, "callbacks": {Callback: Callback()}, "hyper_parameters": {"lr": 1e-4, "names": ["a"]},
            "optimizer_states": [{"state": {0: {"exp_avg": torch.ones(2, 2), "step": 5}}, "param_groups": []}],
            "lr_schedulers": [], "loops": None}


def skipped():
    return {"weight": values(2, 2), "complex": torch.zeros(2, dtype=torch.complex64),
            "sparse": torch.eye(2).to_sparse(), "quantised": torch.quantize_per_tensor(values(2), 0.1, 0, torch.qint8),
            "meta": torch.zeros(2, device="meta"), "object": Callback(), "list": [values(2)], "step": 7}


def stored_by(save):
    buffer = io.BytesIO()
    save(buffer)
    return buffer.getvalue()


def read_back(data):
    """torch.load cannot read the types without a storage class of their own from old files."""
    return torch.load(io.BytesIO(data), weights_only=False)


def zip_file(value, **options):
    return stored_by(lambda buffer: torch.save(value, buffer, **options))


def old_file(value, **options):
    """Old files name storages by their addresses, which differ from run to run: here they are numbered in order."""
    keys = {}

    class Key(str):
        def __new__(cls, word):
            return keys.setdefault(word, f"{len(keys):014}") if isinstance(word, int) else str(word)

    torch.serialization.str = Key
    try:
        return zip_file(value, _use_new_zipfile_serialization=False, **options)
    finally:
        del torch.serialization.str


def without_checksums(value):
    before = torch.serialization.get_crc32_options()
    torch.serialization.set_crc32_options(False)
    try:
        return zip_file(value)
    finally:
        torch.serialization.set_crc32_options(before)


def script():
    return stored_by(lambda buffer: torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), buffer))


def make(out_dir: Path):
    out_dir.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    types, trained, odd = every_type(), lightning(), skipped()
    old_types = {name: tensor for name, tensor in types.items() if not re.search(r"f8|u(16|32|64)$", name)}
    all_types = {"types.pt": zip_file(types), "types_protocol_4.pt": zip_file(types, pickle_protocol=4),
                 "types_old.pt": old_file(old_types), "types_old_protocol_3.pt": old_file(old_types, pickle_protocol=3)}
    word = {"*": torch.nn.Parameter(values(2, 16))}
    embedding = {"string_to_token": {"*": 265}, "string_to_param": torch.nn.ParameterDict(word), "name": "toy",
                 "step": 4000, "sd_checkpoint": None}
    enhanced = {"params": {"conv.weight": values(2)}, "params_ema": {"conv.weight": -values(2)}}
    nested = {"model": {"encoder": {"weight": values(3)}, "head": {"out": {"bias": values(1)}}}, "step": 1,
              "optimizer": {"state": {}}}
    hostile = {"weight": values(2), "object": Command()}
    cases = {
        "no_checksums.pt": (without_checksums(nested), {"encoder.weight": values(3), "head.out.bias": values(1)}),
        "lightning.ckpt": (zip_file(trained), trained["state_dict"]),
        "lightning_old.ckpt": (old_file(trained), trained["state_dict"]),
        "embedding.pt": (zip_file(embedding), word),
        "embedding_dict.pt": (zip_file(embedding | {"string_to_param": word}), word),
        "learned_embeds.bin": (zip_file({"<toy>": word["*"].detach()}), {"<toy>": word["*"]}),
        "enhanced.pth": (zip_file(enhanced), enhanced["params_ema"]),
        "nested.pt": (zip_file(nested), {"encoder.weight": values(3), "head.out.bias": values(1)}),
        "skipped.pt": (zip_file(odd), {"weight": odd["weight"]}),
        "command.pt": (zip_file(hostile), {"weight": hostile["weight"]}),
        "module.pt": (zip_file(torch.nn.Linear(1, 1)), None),
        "command_only.pt": (zip_file(Command()), None),
        "command_state.pt": (zip_file({"state_dict": Command(), "weight": values(2)}), None),
        "script.pt": (script(), None),
    }
    for name, (data, tensors) in (cases | {name: (data, read_back(data)) for name, data in all_types.items()}).items():
        (out_dir / name).write_bytes(data)
        if tensors is not None:
            plain = {key: tensor.detach().clone(memory_format=torch.contiguous_format)
                     for key, tensor in tensors.items()}
            save_file(plain, out_dir / (name.replace(".", "_") + ".safetensors"), {"made_by": f"torch {torch.__version__}"})
