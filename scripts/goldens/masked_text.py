"""Golden answers of masked diffusion: the samplers of LLaDA, MDPO (running confidence remasking) and Fast-dLLM (threshold
and factor), with the caches of Fast-dLLM and dKV-Cache-Decode. They are implemented from their descriptions, and run with the
small model of the other golden.

cases.json has the settings of every run, its answer and the number of calls of the network; predictions.json has the
predictions of each call of a few runs, with their confidence, for all masks; text.json has a few runs from text to text. The
positions that the entropy bound allows are computed by the scheduler of diffusers. Random values are drawn with torch.rand: if
the temperature is above 0, one fp64 value for each token and entry of the vocabulary; then, if the order is random, one fp32
value for each token.
"""

import json
import math
from pathlib import Path

import torch
from diffusers import EntropyBoundScheduler
from transformers import DynamicCache

from goldens.byte_level import SPECIAL, learned
from goldens.language_models import EOS_ID, EOT_ID, MASK_ID, make_model, run
from goldens.reference import VERSIONS, generator, reproducible

PROMPT = [5, 17, 3, 44, 60, 8]
NEVER = -math.inf


def llada_counts(masks, steps):
    return [masks // steps + (i < masks % steps) for i in range(steps)]


def maskgit_counts(masks, steps, schedule):
    """Number of tokens that each step commits, if a fraction gamma(r) of them is masked after a fraction r of the steps."""
    left = [masks]
    for i in range(1, steps + 1):
        ratio = i / steps
        if schedule == "linear":
            left.append(masks * (steps - i) // steps)
            continue
        gamma = {"cosine": lambda: math.cos(math.pi / 2 * ratio),
                 "pow2": lambda: 1 - ratio**2,
                 "log": lambda: -math.log2(ratio) / math.log2(masks),
                 "exp": lambda: 1 - 2 ** (-math.log2(masks) * (1 - ratio))}[schedule]()
        left.append(math.floor(masks * min(max(gamma, 1e-6), 1.0)))
    return [before - after for before, after in zip(left, left[1:])]


def counts_of(schedule, masks, steps):
    return llada_counts(masks, steps) if schedule == "llada" else maskgit_counts(masks, steps, schedule)


class Kept(DynamicCache):
    """Keys and values of all tokens. A call replaces those of the tokens that it computes; the first call computes all."""

    def __init__(self):
        super().__init__()
        self.of_layers, self.tokens = {}, None

    def update(self, keys, values, layer_idx, *_, **__):
        old = self.of_layers.get(layer_idx, (torch.zeros_like(keys), torch.zeros_like(values)))
        self.of_layers[layer_idx] = tuple(a.index_copy(2, self.tokens, b) for a, b in zip(old, (keys, values)))
        return self.of_layers[layer_idx]


class Accelerator:
    """Selects the tokens that a call computes. Fast-dLLM: all tokens in the first step of a block, then the block and everything
    after it (prefix) or only the block (dual). dKV-Cache-Decode: all tokens in one step out of `refresh`, otherwise masks and
    the tokens that the step before committed. Tokens whose logits are read are always computed; if logits are shifted, the
    logits of a token are read at the token before it."""

    def __init__(self, spec):
        self.name, _, options = spec.partition(":")
        given = dict(option.split("=") for option in options.split(",") if option)
        self.dual = given.get("kind") == "dual"
        self.refresh = int(given.get("refresh", 8 if self.name == "dkv" else 0))
        self.age, self.before = 0, None

    def tokens(self, ids, begin, end, read, mask_id):
        everything = set(range(len(ids)))
        if self.name == "dkv":
            chosen = {i for i in everything if ids[i] == mask_id or (self.before and ids[i] != self.before[i])}
        else:
            chosen = set(range(begin, end if self.dual else len(ids)))
        refreshes = self.age % self.refresh == 0 if self.refresh else self.age == 0
        self.age, self.before = self.age + 1, ids
        return sorted(everything if refreshes else chosen | set(read))

    def enter_block(self):
        if self.name != "dkv":
            self.age = 0


class Denoiser:
    """Logits of every token, with guidance if requested. With an accelerator, those of tokens that are not computed are 0."""

    def __init__(self, case):
        self.name, self.cfg, self.mask_id, self.calls = case["model"], case["cfg"], case["mask_id"], 0
        self.model, self.prompt_length, self.shifted = make_model(self.name), len(case["prompt"]), self.name == "dream"
        self.accelerator = Accelerator(case["accel"]) if case["accel"] else None
        self.kept, self.block = (Kept(), Kept()), None

    def enter_block(self, begin, end):
        self.block = (begin, end)
        if self.accelerator:
            self.accelerator.enter_block()

    def computed(self, ids):
        begin, end = self.block
        read = [max(i - self.shifted, 0) for i in range(end) if ids[0, i] == self.mask_id]
        return self.accelerator.tokens(ids[0].tolist(), begin, end, read, self.mask_id)

    def with_kept(self, ids, tokens, kept):
        kept.tokens = torch.tensor(tokens)
        logits = torch.zeros(1, ids.shape[1], self.model.config.vocab_size)
        logits[:, tokens] = self.model(
            input_ids=ids[:, tokens], position_ids=kept.tokens[None], past_key_values=kept, use_cache=True,
            attention_mask=torch.zeros(1, 1, len(tokens), ids.shape[1])).logits
        return logits

    def plain(self, ids, tokens, kept):
        logits = (self.with_kept(ids, tokens, kept) if self.accelerator else
                  run(self.name, self.model, ids, torch.ones_like(ids))["logits"])
        return torch.cat([logits[:, :1], logits[:, :-1]], 1) if self.shifted else logits

    def __call__(self, ids):
        self.calls += 1
        tokens = self.computed(ids) if self.accelerator else None
        logits = self.plain(ids, tokens, self.kept[0])
        if self.cfg == 0:
            return logits
        masked = ids.clone()
        masked[:, :self.prompt_length] = self.mask_id
        unconditional = self.plain(masked, tokens, self.kept[1])
        return unconditional + (self.cfg + 1) * (logits - unconditional)


def gumbel_choice(logits, temperature, mask_id, source):
    """argmax of exp(l) / (-ln u)^T in fp64: a sample of softmax(l / T). The mask itself is not a candidate, so that answers
    contain no masks and every loop ends; the published code accepts it if a model predicts it."""
    logits = logits.clone()
    logits[..., mask_id] = NEVER
    if temperature == 0:
        return logits.argmax(-1)
    uniform = torch.rand(logits.shape, dtype=torch.float64, generator=source)
    return (logits.double().exp() / (-uniform.log()) ** temperature).argmax(-1)


def probability_of(logits, tokens):
    return logits.softmax(-1).gather(-1, tokens[..., None])[..., 0]


def llada_prediction(logits, case, source):
    """LLaDA's candidates and their confidences, with its suppression of end tokens."""
    if case["suppress"] == "logits":
        logits[..., EOS_ID] = NEVER
    tokens = gumbel_choice(logits, case["temperature"], case["mask_id"], source)
    if case["suppress"] == "confidence" or (case["suppress"] == "reference" and case["temperature"] == 0):
        logits[..., EOS_ID] = NEVER
    if case["suppress"] in ("confidence", "reference"):
        logits[..., EOT_ID] = NEVER
    if case["policy"].startswith("random"):
        return tokens, torch.rand(tokens.shape, generator=source)
    return tokens, confidence_of(logits, tokens, case["confidence"])


def confidence_of(logits, tokens, kind):
    if kind == "probability":
        return probability_of(logits, tokens)
    probabilities = logits.softmax(-1)
    if kind == "entropy":
        return torch.special.xlogy(probabilities, probabilities).sum(-1)
    best = probabilities.topk(2, -1).values
    return best[..., 0] - best[..., 1]


def top_p_filtered(logits, top_p):
    """Keeps the tokens whose more likely predecessors have a total probability of at most top_p, and so always the first one."""
    ordered, order = logits.sort(-1, descending=True)
    before = ordered.softmax(-1).cumsum(-1) - ordered.softmax(-1)
    dropped = torch.zeros_like(logits, dtype=torch.bool).scatter(-1, order, before > top_p)
    return logits.masked_fill(dropped, NEVER)


def mdpo_prediction(logits, case, source):
    """Candidates and confidences after temperature and top-p."""
    if case["temperature"] > 0:
        logits = logits / case["temperature"]
    if case["top_p"] < 1:
        logits = top_p_filtered(logits, case["top_p"])
    tokens = gumbel_choice(logits, float(case["temperature"] > 0), case["mask_id"], source)
    return tokens, confidence_of(logits, tokens, case["confidence"])


def predict(rule, denoiser, ids, case, source):
    """Candidates and confidences of all tokens; those of the masks are appended to "record" of the case."""
    tokens, confidence = rule(denoiser(ids), case, source)
    if "record" in case:
        masked = ids[0] == case["mask_id"]
        begin = len(case["prompt"])
        case["record"].append({"ids": torch.where(masked, tokens[0], ids[0])[begin:].tolist(),
                               "confidence": confidence[0].double().masked_fill(~masked, 0)[begin:].tolist()})
    return tokens, confidence


def eligible(confidence, ids, end, case):
    confidence = confidence.double().masked_fill(ids != case["mask_id"], NEVER)
    confidence[:, end:] = NEVER
    return confidence


def commit(ids, tokens, confidence, count):
    chosen = confidence[0].argsort(descending=True, stable=True)[:count]  # the first one of equally confident tokens
    ids[0, chosen] = tokens[0, chosen]
    return chosen


def counted(denoiser, ids, case, source, schedule="llada", tempered="false"):
    """LLaDA: commits the most confident tokens of a block, a fixed number in each step. With MaskGIT's schedule and confidences
    after temperature and top-p, it is MDPO's sampler without remasking."""
    rule = mdpo_prediction if tempered == "true" else llada_prediction
    for end, counts in blocks_of(ids, case, schedule):
        denoiser.enter_block(end - case["block_length"], end)
        for count in counts:
            tokens, confidence = predict(rule, denoiser, ids, case, source)
            commit(ids, tokens, eligible(confidence, ids, end, case), count)


def blocks_of(ids, case, schedule):
    begin = ids.shape[1] - case["gen_length"]
    blocks = case["gen_length"] // case["block_length"]
    for block in range(blocks):
        yield (begin + (block + 1) * case["block_length"],
               counts_of(schedule, case["block_length"], case["steps"] // blocks))


def running(denoiser, ids, case, source, mode="latest", scope="global", schedule="linear"):
    """MDPO: a step commits all candidates, then masks the tokens again whose running confidence is lowest. Tokens that were
    never predicted are not masked. The published code gives them the highest confidence instead, so that it may mask tokens of
    the prompt if no other token has a lower confidence."""
    ledger = torch.full(ids.shape, math.inf, dtype=torch.float64)
    for end, counts in blocks_of(ids, case, schedule):
        denoiser.enter_block(end - case["block_length"], end)
        for i in range(len(counts)):
            tokens, confidence = predict(mdpo_prediction, denoiser, ids, case, source)
            confidence = eligible(confidence, ids, end, case)
            chosen = commit(ids, tokens, confidence, sum(counts[i:]))
            fresh = confidence[0, chosen]
            old = ledger[0, chosen]
            ledger[0, chosen] = torch.where(old == math.inf, fresh, fresh.maximum(old)) if mode == "max" else fresh
            score = ledger.clone()
            if scope == "block":
                score[:, :end - case["block_length"]] = math.inf
            lowest = score[0].argsort(stable=True)[:sum(counts[i + 1:])]
            ids[0, lowest] = case["mask_id"]


def parallel(denoiser, ids, case, source, how_many):
    """Fast-dLLM: each step commits as many tokens of a block as the rule allows, until the block is complete."""
    for end, _ in blocks_of(ids, case, "llada"):
        denoiser.enter_block(end - case["block_length"], end)
        while (ids[:, :end] == case["mask_id"]).any():
            tokens, confidence = predict(llada_prediction, denoiser, ids, case, source)
            confidence = eligible(confidence, ids, end, case)
            ordered = confidence[0].sort(descending=True).values
            commit(ids, tokens, confidence, how_many(ordered[ordered > NEVER].tolist()))


def bounded(denoiser, ids, case, source, gamma):
    """Commits positions in order of increasing entropy, as long as the entropies of all but the last one add up to at most
    gamma. The scheduler's own candidates are not used, because it draws them in another way."""
    rule = EntropyBoundScheduler(entropy_bound=gamma, t_min=1.0, t_max=1.0)
    temperature = case["temperature"] or 1.0
    for end, _ in blocks_of(ids, case, "llada"):
        while (ids[:, :end] == case["mask_id"]).any():
            logits = denoiser(ids)
            open_places = (ids[0, :end] == case["mask_id"]).nonzero()[:, 0]
            accepted = rule.step(logits[:, open_places] / temperature, 0, ids[:, open_places]).accepted_index[0]
            tokens, _ = mdpo_prediction(logits, case, source)
            ids[0, open_places[accepted]] = tokens[0, open_places[accepted]]


def above_threshold(tau):
    return lambda ordered: max(1, sum(c >= tau for c in ordered))


def by_factor(factor, off_by_one):
    def how_many(ordered):
        for i, confidence in enumerate(ordered):
            if i > 0 and confidence < 1 - factor / (i + 2):
                last = i == len(ordered) - 1
                return i + (off_by_one and last)
        return len(ordered)
    return how_many


def answer(case):
    """The answer of a case. The policy of the case is a name with options."""
    name, _, options = case["policy"].partition(":")
    given = dict(option.split("=") for option in options.split(",") if option)
    case = {**case, "confidence": given.pop("confidence", "probability")}
    prompt = case["prompt"]
    denoiser = Denoiser(case)
    ids = torch.tensor([prompt + [case["mask_id"]] * case["gen_length"]])
    source = generator(case["seed"])
    if name == "rcr":
        running(denoiser, ids, case, source, **given)
    elif name == "threshold":
        parallel(denoiser, ids, case, source, above_threshold(float(given.get("tau", 0.9))))
    elif name == "entropy_bound":
        bounded(denoiser, ids, case, source, float(given.get("gamma", 0.1)))
    elif name == "factor":
        parallel(denoiser, ids, case, source, by_factor(float(given["f"]), given.get("off_by_one") == "true"))
    else:
        counted(denoiser, ids, case, source, **given)
    return {"ids": ids[0, len(prompt):].tolist(), "calls": denoiser.calls}


def settings(**changes):
    return {"model": "llada", "prompt": PROMPT, "gen_length": 16, "block_length": 8, "steps": 8, "temperature": 0.0,
            "top_p": 1.0, "cfg": 0.0, "seed": 0, "suppress": "off", "policy": "low_confidence", "accel": "",
            "mask_id": MASK_ID, **changes}


def cases():
    sampled = [{"temperature": 0.0}, {"temperature": 0.6, "seed": 1}, {"temperature": 1.0, "seed": 2}]
    shapes = [{}, {"block_length": 16, "steps": 16}, {"block_length": 16, "steps": 5}, {"block_length": 4, "steps": 4}]
    for policy in ("low_confidence", "random", "rcr", "rcr:mode=max", "rcr:scope=block", "rcr:schedule=llada"):
        for i, shape in enumerate(shapes):
            yield settings(policy=policy, **shape, **sampled[i % 3])
            yield settings(policy=policy, **shape, **{**sampled[(i + 1) % 3], "seed": 10 + i})
    for schedule in ("cosine", "pow2", "log", "exp"):
        yield settings(policy=f"rcr:schedule={schedule}", block_length=16, steps=6, temperature=0.5, seed=4)
    for kind in ("entropy", "margin"):
        yield settings(policy=f"low_confidence:confidence={kind}")
        yield settings(policy=f"rcr:confidence={kind}", temperature=0.8, seed=5)
    for top_p in (0.95, 0.5):
        yield settings(policy="rcr", top_p=top_p, temperature=0.7, seed=6)
    yield settings(policy="rcr", top_p=0.5)
    yield settings(policy="rcr:mode=max,scope=block,confidence=entropy", temperature=0.3, seed=11)
    for policy in ("threshold", "threshold:tau=0.3", "threshold:tau=0.1", "factor:f=1", "factor:f=2.5",
                   "factor:f=2.5,off_by_one=true"):
        yield settings(policy=policy)
        yield settings(policy=policy, block_length=16, temperature=0.4, seed=7)
    for gamma in (0, 0.1, 2, 6):
        yield settings(policy=f"entropy_bound:gamma={gamma}")
        yield settings(policy=f"entropy_bound:gamma={gamma}", block_length=16, temperature=0.5, seed=12)
    yield settings(policy="entropy_bound")
    for schedule in ("linear", "cosine", "exp"):
        yield settings(policy=f"low_confidence:schedule={schedule},tempered=true", block_length=16, steps=6, temperature=0.4,
                       top_p=0.95, seed=13)
        yield settings(policy=f"random:schedule={schedule}", block_length=16, steps=6, temperature=0.4, seed=14)
    for cfg in (0.5, 2.0, -0.5):
        yield settings(cfg=cfg)
        yield settings(cfg=cfg, policy="rcr", temperature=0.5, seed=8)
    for suppress in ("logits", "confidence", "reference"):
        yield settings(suppress=suppress, block_length=16, steps=16)
        yield settings(suppress=suppress, temperature=1.0, seed=9)
    yield settings(model="dream")
    yield settings(model="dream", policy="rcr", temperature=0.5, seed=3, cfg=1.0)
    yield settings(model="dream", prompt=[7], policy="random", seed=3)
    for accel in ("blockcache", "blockcache:kind=dual", "blockcache:refresh=3", "dkv", "dkv:refresh=3"):
        for policy in ("low_confidence", "random", "rcr:scope=block", "threshold:tau=0.3", "factor:f=1"):
            yield settings(accel=accel, policy=policy, steps=16)
            yield settings(accel=accel, policy=policy, steps=12, block_length=4, temperature=0.6, seed=1)
        yield settings(accel=accel, cfg=0.5, steps=16)
        yield settings(accel=accel, model="dream", steps=16)
        yield settings(accel=accel, model="dream", prompt=[7], policy="threshold:tau=0.3", block_length=4, temperature=0.6,
                       cfg=1.0, seed=2)
    yield settings(accel="dkv:refresh=5", policy="rcr", steps=16, temperature=0.5, seed=3)


def observed():
    """Cases with two blocks, so that masks of the second block are predicted before it is filled."""
    for policy in ("low_confidence", "low_confidence:schedule=linear,tempered=true", "rcr", "threshold:tau=0.3"):
        yield settings(policy=policy, temperature=0.7, seed=15)
    yield settings(model="dream", policy="low_confidence:confidence=entropy", cfg=0.5)


def predictions(case):
    record = []
    return {**case, **answer({**case, "record": record}), "predictions": record}


def texts():
    """Runs from text to text. Their mask token differs from that of the other cases."""
    tokenizer = learned()
    for prompt in ("a red circle", "\u00e9t\u00e9 <|eot_id|>", "x"):
        ids = tokenizer.encode(prompt, add_special_tokens=False).ids
        case = settings(model="words", prompt=ids, mask_id=tokenizer.token_to_id(SPECIAL[-1]), temperature=0.8, seed=2)
        made = answer(case)
        yield {"prompt": prompt, "prompt_ids": ids, **made, "text": tokenizer.decode(made["ids"], skip_special_tokens=False),
               "without_special": tokenizer.decode(made["ids"], skip_special_tokens=True)}


def make(out_dir: Path) -> None:
    out_dir.mkdir(parents=True, exist_ok=True)
    with reproducible():
        made = [{**case, **answer(case)} for case in cases()]
        (out_dir / "text.json").write_text(json.dumps({"made_by": VERSIONS, "texts": list(texts())}) + "\n")
        observations = [predictions(case) for case in observed()]
    (out_dir / "predictions.json").write_text(json.dumps({"made_by": VERSIONS, "cases": observations}) + "\n")
    lines = ",\n".join(json.dumps(case) for case in made)
    (out_dir / "cases.json").write_text(f'{{"made_by": {json.dumps(VERSIONS)},\n"cases": [\n{lines}\n]}}\n')
