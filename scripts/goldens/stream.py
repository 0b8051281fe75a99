"""Golden values of streams: results of StreamDiffusion with a small UNet, call by call.

It runs in doubles (what it draws at random stays fp32), so that only the rounding errors of the compared implementation matter.
Cases that the package gets wrong are omitted: residual guidance with one stage, whose stored noise grows without
bound, and residual guidance without added noise, whose stored noise is updated as if there were some.
"""

import types
from pathlib import Path

import diffusers
import torch
from streamdiffusion import StreamDiffusion

from goldens.reference import generator, reproducible, write_tensors

SIDE, TOKENS, CALLS, KEPT, SEED = 8, 7, 8, 32, 3
GUIDANCE, DELTA = 1.6, 0.8
STAGES = {1: [26], 2: [32, 45], 3: [22, 32, 45], 4: [0, 16, 32, 45]}
KINDS = {"none": "none", "full": "full", "self": "self", "onetime": "initialize"}


class Recorder(torch.nn.Module):
    """The UNet, and its last inputs."""

    def __init__(self, unet):
        super().__init__()
        self.unet = unet

    def forward(self, sample, timesteps, **others):
        self.sample = sample
        return self.unet(sample, timesteps, **others)


def stub(unet, positive, negative):
    config = diffusers.LCMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear").config
    return types.SimpleNamespace(device=torch.device("cpu"), vae_scale_factor=8, unet=unet, vae=None, text_encoder=None,
                                 scheduler=types.SimpleNamespace(config=config),
                                 encode_prompt=lambda **_: (positive, negative))


def run(unet, positive, negative, frames, stages, kind, add_noise):
    """Rows fed to the network (those of the negative first) and latents that come out, of every call."""
    recorder = Recorder(unet)
    stream = StreamDiffusion(stub(recorder, positive, negative), stages, torch.float64, 8 * SIDE, 8 * SIDE,
                             do_add_noise=add_noise, cfg_type=KINDS[kind])
    stream.prepare("", guidance_scale=GUIDANCE, delta=DELTA, generator=torch.Generator(), seed=SEED)
    rows, outputs = [], []
    with torch.no_grad():
        for frame in frames:
            outputs.append(stream.predict_x0_batch(stream.add_noise(frame[None], stream.init_noise[0], 0)).clone())
            rows.append(recorder.sample.clone())
    return torch.stack(rows), torch.cat(outputs)


def is_right(count, kind, add_noise):
    return kind in ("none", "full") or (count > 1 and add_noise) or (kind == "onetime" and count == 1)


def make(out_dir: Path) -> None:
    out_dir.mkdir(parents=True, exist_ok=True)
    with reproducible():
        unet = diffusers.UNet2DConditionModel.from_pretrained(out_dir.parent / "networks" / "unet_sd1",
                                                              dtype=torch.float32).double()
        source = generator(78)
        frames = torch.randn(CALLS, 4, SIDE, SIDE, generator=source)
        positive, negative = (torch.randn(1, TOKENS, unet.config.cross_attention_dim, generator=source)
                              for _ in range(2))
        tensors = {"frames": frames, "positive": positive, "negative": negative}
        for count, stages in STAGES.items():
            for kind in KINDS:
                for add_noise in (True, False):
                    if not is_right(count, kind, add_noise):
                        continue
                    wide = (value.double() for value in (positive, negative, frames))
                    rows, outputs = run(unet, *wide, stages, kind, add_noise)
                    name = f"{count}.{kind}.{'noise' if add_noise else 'plain'}"
                    flat = rows.flatten(2)
                    tensors[f"{name}.rows"] = flat[:, :, :: flat.shape[2] // KEPT].float().contiguous()
                    tensors[f"{name}.outputs"] = outputs.float()
        write_tensors(out_dir / "lcm.safetensors", tensors)
