/// latentrt text: samples answers with masked diffusion language models.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <latentrt/error.hpp>
#include <latentrt/text.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/latentrt/commands.hpp"
#include "cli/latentrt/text_progress.hpp"
#include "cli/support/interrupt.hpp"
#include "cli/support/json_output.hpp"
#include "cli/support/model_flags.hpp"
#include "cli/support/number_flags.hpp"
#include "cli/support/number_list.hpp"
#include "cli/support/process.hpp"
#include "cli/support/usage.hpp"

namespace latentrt::cli {
namespace {

using Json = nlohmann::ordered_json;

struct TextFlags {
  DeviceFlags device;
  std::string model, policy = "low_confidence", suppress = "none", noise = "torch";
  std::vector<std::string> prompts, ids, accel;
  TextOptions options;
  std::optional<double> cfg;
  std::optional<std::int64_t> gen_length, block_length, steps, mask_id;
  std::uint64_t max_memory = 0;
  Seed seed;
  bool chat = false, skip_special = false, no_pickle = false, trace = false, json = false;

  void add_to(CLI::App& app);
  TextModelOptions model_options() const;
  TextOptions text_options(const TextModel& model) const;
  /// Checks the flags against each other and against the model, without reading its weights.
  TextRequest checked_request(const Context& context) const;

 private:
  std::vector<TokenIds> prompt_ids(const TextModel& model) const;
  void add_model_flags_to(CLI::App& app);
  void add_sampling_flags_to(CLI::App& app);
};

std::vector<std::string> policy_names() {
  std::vector<std::string> names;
  for (const NamedOptions& policy : describe_text_policies()) names.push_back(policy.name);
  return names;
}

void TextFlags::add_to(CLI::App& app) {
  add_model_flags_to(app);
  auto* const prompt = app.add_option("-p,--prompt", prompts,
                                      "the text before the answer; repeatable: a batch of answers");
  app.add_option("--ids", ids, "token ids instead of a text: 1,2,3; repeatable")->excludes(prompt);
  app.add_flag("--chat", chat,
               "the prompt is what a user says, in the form of the model's conversations")
      ->needs(prompt);
  add_sampling_flags_to(app);
  app.add_flag("--skip-special", skip_special, "leave special tokens out of the text");
  app.add_flag("--trace", trace, "with --json: the positions that each step filled and masked");
  app.add_flag("--json", json, "print one JSON object on stdout, or a list for several prompts");
}

void TextFlags::add_model_flags_to(CLI::App& app) {
  app.add_option("-m,--model", model, "model directory in the layout of transformers")->required();
  app.add_option("--mask-id", mask_id, "id of the mask (default: what the model's files say)");
  add_no_pickle(app, no_pickle);
  add_bytes(app, "--max-memory", max_memory,
            "refuse a run that needs more memory than this, without the process itself: bytes, or "
            "with K, M, G");
  device.add_to(app);
}

void TextFlags::add_sampling_flags_to(CLI::App& app) {
  const auto add = [&](const char* flag, auto& value, const char* help) {
    return app.add_option(flag, value, help)->capture_default_str();
  };
  const auto add_length = [&](const char* flag, std::optional<std::int64_t>& value,
                              std::int64_t fallback, const char* help) {
    app.add_option(flag, value, fmt::format("{} (default: the model's, or {})", help, fallback));
  };
  add_length("--gen-length", gen_length, options.gen_length,
             "tokens of an answer, a multiple of --block");
  add_length("--block", block_length, options.block_length,
             "tokens that are filled before the next ones are begun");
  add_length("--steps", steps, options.steps,
             "calls of the network, a multiple of the number of blocks");
  app.add_option("--policy", policy,
                 fmt::format("NAME[:key=value,...], what a step commits; NAME is one of {}",
                             fmt::join(policy_names(), ", ")))
      ->capture_default_str();
  app.add_option("--accel", accel,
                 "NAME[:key=value,...], a cache of keys and values: blockcache or dkv; info "
                 "--accelerators lists all keys");
  add("--temperature", options.temperature, "0 takes the most likely tokens");
  add("--top-p", options.top_p, "0 to 1: only the most likely tokens with this probability");
  add("--top-k", options.top_k, "only so many of the most likely tokens; 0: all");
  auto* const guidance =
      add("--guidance", options.guidance, "classifier-free guidance u + S (c - u), 1 is off");
  app.add_option("--cfg", cfg, "the same in LLaDA's convention, u + (W + 1) (c - u), 0 is off")
      ->excludes(guidance);
  app.add_option("--suppress-ends", suppress,
                 "ends of an answer: none; logits: never predicted; confidence: committed last; "
                 "reference: the same as LLaDA's published code does it")
      ->transform(lower_case())
      ->check(CLI::IsMember({"none", "logits", "confidence", "reference"}))
      ->capture_default_str();
  app.add_flag(
      "--early-stop", options.early_stop,
      "end an answer at the token that ends one, with no mask before it, and fill the rest "
      "with that token");
  add_seed(app, seed, "seed of the generator; that of the i-th prompt is larger by i");
  app.add_option("--noise", noise,
                 "torch: the values of PyTorch's CPU generator; philox: faster for large models")
      ->transform(lower_case())
      ->check(CLI::IsMember({"torch", "philox"}))
      ->capture_default_str();
}

TextModelOptions TextFlags::model_options() const {
  return {.dtype = device.chosen_dtype(), .allow_pickles = !no_pickle, .mask_id = mask_id};
}

TextOptions TextFlags::text_options(const TextModel& of) const {
  const TextOptions own = default_text_options(of);
  TextOptions all = options;
  all.gen_length = gen_length.value_or(own.gen_length);
  all.block_length = block_length.value_or(own.block_length);
  all.steps = steps.value_or(own.steps);
  all.policy = Spec::parse(policy);
  for (const std::string& text : accel) all.accelerators.push_back(Spec::parse(text));
  if (cfg) all.guidance = *cfg + 1;
  if (suppress == "logits") all.suppress_ends = EndSuppression::logits;
  if (suppress == "confidence") all.suppress_ends = EndSuppression::confidence;
  if (suppress == "reference") all.suppress_ends = EndSuppression::reference;
  if (noise == "philox") all.noise = NoiseKind::philox;
  return all;
}

std::vector<TokenIds> TextFlags::prompt_ids(const TextModel& of) const {
  if (prompts.empty() && ids.empty())
    throw Error(Code::invalid_argument, "text needs --prompt or --ids");
  std::vector<TokenIds> all;
  for (const std::string& list : ids) all.push_back(parse_number_list<std::int64_t>("--ids", list));
  for (const std::string& prompt : prompts)
    all.push_back(of.encode(chat ? of.as_conversation(prompt) : prompt));
  return all;
}

TextRequest TextFlags::checked_request(const Context& context) const {
  TextModelOptions structure = model_options();
  structure.structure_only = true;
  const TextModel of = TextModel::load(context, model, structure);
  TextRequest request{
      .prompts = prompt_ids(of), .seed = seed.value, .max_memory_bytes = max_memory};
  TextSampler(of, text_options(of)).check(request);
  return request;
}

/// Returns the positions in an answer that a step filled, and those that it masked again.
Json changes(const TextStep& step, std::size_t item) {
  Json filled = Json::array(), masked = Json::array();
  for (std::size_t i = 0; i < step.answers[item].size(); ++i) {
    if (step.answers[item][i] == step.before[item][i]) continue;
    (step.answers[item][i] == step.mask_id ? masked : filled).push_back(i);
  }
  return {{"step", step.step}, {"committed", filled}, {"masked", masked}};
}

Json counts_of(const TextResult& result) {
  Json counts = {{"tokens_per_forward", result.tokens_per_forward},
                 {"cached", result.cached},
                 {"cache_bytes", result.cache_bytes}};
  if (!result.notes.empty()) counts["notes"] = result.notes;
  return counts;
}

/// Prints to stderr, because the answer goes to stdout.
void print_counts(const TextResult& result) {
  constexpr double kMebibyte = 1 << 20;
  fmt::print(stderr,
             "{} forwards of {:.2f} tokens an answer; {:.0f}% of all keys and values came from a "
             "cache of {:.1f} MiB; {:.2f} s\n",
             result.forwards, result.tokens_per_forward, 100 * result.cached,
             static_cast<double>(result.cache_bytes) / kMebibyte, result.seconds);
  for (const std::string& note : result.notes) fmt::print(stderr, "note: {}\n", note);
}

void run_text(const TextFlags& flags) {
  const Context context = flags.device.context();
  const TextRequest request = flags.checked_request(context);
  const TextModel model = TextModel::load(context, flags.model, flags.model_options());
  TextSampler sampler(model, flags.text_options(model));
  announce(flags.seed, 1, flags.json);
  const InterruptScope interrupt;
  std::vector<Json> traces(request.prompts.size(), Json::array());
  TextProgress progress(model, flags.json || request.prompts.size() > 1);
  const TextResult result = sampler.run(request, [&](const TextStep& step) {
    progress(step);
    for (std::size_t i = 0; flags.trace && i < traces.size(); ++i)
      traces[i].push_back(changes(step, i));
  });
  progress.end();
  if (!flags.json && !flags.accel.empty()) print_counts(result);
  const bool has_text = model.info().has_tokenizer;
  Json all = Json::array();
  for (std::size_t i = 0; i < result.answers.size(); ++i) {
    const TokenIds& answer = result.answers[i];
    const std::string text = has_text ? model.decode(answer, flags.skip_special)
                                      : fmt::format("{}", fmt::join(answer, ","));
    if (!flags.json) fmt::print("{}\n", text);
    Json object = {{"ids", answer},
                   {"prompt_ids", request.prompts[i]},
                   {"forwards", result.forwards},
                   {"rows", result.rows},
                   {"seed", flags.seed.value + i},
                   {"seconds", result.seconds},
                   {"peak_memory_bytes", peak_memory_bytes()}};
    object.update(counts_of(result));
    if (has_text) object["text"] = text;
    if (flags.trace) object["trace"] = traces[i];
    all.push_back(std::move(object));
  }
  if (flags.json) print_json(stdout, all.size() == 1 ? all[0] : all);
}

}  // namespace

void add_text(CLI::App& app) {
  CLI::App* const command =
      app.add_subcommand("text", "an answer of a masked diffusion language model");
  const auto flags = std::make_shared<TextFlags>();
  flags->add_to(*command);
  command->callback([flags] { run_text(*flags); });
}

}  // namespace latentrt::cli
