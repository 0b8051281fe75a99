"""Shared by all goldens: a reproducible torch, random models whose every part matters, files that name their makers."""

import contextlib
import json

import diffusers
import numpy
import safetensors.torch
import torch
import transformers

VERSIONS = {module.__name__: module.__version__ for module in (torch, diffusers, transformers, numpy)}
# A file keeps at most this many values of an activation; see thin().
KEPT_VALUES = 256


@contextlib.contextmanager
def reproducible():
    """One thread, no gradients, plain attention: the same bits on every run of the same machine."""
    diffusers.utils.logging.set_verbosity_error()
    transformers.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    with torch.no_grad(), torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        yield


def generator(seed):
    return torch.Generator().manual_seed(seed)


def half_values(tensor):
    """The nearest fp16 values, as fp32, so that they can be stored as fp16 without loss."""
    return tensor.half().float()


def deviation(module, name, shape):
    """Standard deviation of a random parameter: keeps activations near one and lets every part affect the output."""
    if isinstance(module, torch.nn.Embedding):
        return 0.7
    if len(shape) == 1:
        return 0.2
    fan_in = torch.Size(shape[1:]).numel()
    sharpness = 1.8 if name.endswith(("to_q", "to_k", "q_proj", "k_proj")) else 1.0
    return sharpness * fan_in**-0.5


def randomize(model, seed, output_gain=1.0):
    """Initialises all parameters of a model randomly, as fp16 values; norms near the identity, none zero."""
    source = generator(seed)
    for path, module in model.named_modules():
        is_norm = (isinstance(module, (torch.nn.GroupNorm, torch.nn.LayerNorm))
                   or type(module).__name__.endswith("RMSNorm"))
        gain = output_gain if path == "conv_out" else 1.0
        for name, parameter in module.named_parameters(recurse=False):
            drawn = torch.randn(parameter.shape, generator=source) * deviation(module, path, parameter.shape) * gain
            parameter.data = half_values(drawn + float(is_norm and name == "weight"))
    return model.eval()


def write_tensors(path, tensors):
    path.parent.mkdir(parents=True, exist_ok=True)
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    path.write_bytes(safetensors.torch.save(contiguous, {"made_by": json.dumps(VERSIONS)}))


def write_model(directory, model, rename=lambda key: key, dtype=torch.float16):
    """config.json and the weights under the name that from_pretrained looks for."""
    directory.mkdir(parents=True, exist_ok=True)
    is_diffusers = isinstance(model, diffusers.ModelMixin)
    name = "diffusion_pytorch_model.safetensors" if is_diffusers else "model.safetensors"
    save_config = model.save_config if is_diffusers else model.config.save_pretrained
    save_config(directory)
    weights = {rename(key): tensor.to(dtype) for key, tensor in model.state_dict().items()}
    write_tensors(directory / name, weights)


def thin(tensor):
    """A small tensor itself; of a larger one every s-th flattened value, s = ceil(numel / KEPT_VALUES) made odd."""
    count = tensor.numel()
    if count <= KEPT_VALUES:
        return tensor
    return tensor.flatten()[::-(-count // KEPT_VALUES) | 1]


def named_parts(path, output):
    """A hooked module's outputs by name: the down blocks' second output is the list of skips."""
    if not isinstance(output, tuple):
        return {path: output}
    sample, skips = (*output, ())[:2]
    return {path: sample, **{f"{path}.skips.{i}": skip for i, skip in enumerate(skips)}}


@contextlib.contextmanager
def recorded(model, wanted):
    """Yields a dict that fills with hook.* tensors of the modules whose path `wanted` accepts, as the model runs."""
    found = {}

    def watch(path):
        def record(module, inputs, output):
            for name, tensor in named_parts(path, output).items():
                found[f"hook.{name}"] = thin(tensor.clone())
                found[f"hook.{name}.sums"] = torch.stack([tensor.double().sum(), tensor.double().abs().sum()]).float()
        return record

    handles = [module.register_forward_hook(watch(path)) for path, module in model.named_modules() if wanted(path)]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()
