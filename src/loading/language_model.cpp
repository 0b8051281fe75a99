/// Language models: directories as transformers writes them, and published sizes with random
/// weights.

#include <functional>
#include <optional>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "components/family_table.hpp"
#include "device/on_device.hpp"
#include "loading/placement.hpp"
#include "models/transformer/llama.hpp"
#include "nn/ops/local_ops.hpp"
#include "nn/passes/fuse.hpp"
#include "nn/passes/mark_quantizable.hpp"
#include "pipeline/language_model_state.hpp"

namespace latentrt {
namespace pipeline {
namespace {

namespace fs = std::filesystem;
using MaybeId = std::optional<std::int64_t>;

constexpr const char* kConfig = "config.json";
constexpr const char* kGenerationConfig = "generation_config.json";

bool is_there(const fs::path& file) {
  std::error_code ignored;
  return fs::exists(file, ignored);
}

/// Some files have a list; its first entry is used.
MaybeId id_in(const io::Config& config, std::string_view key, std::int64_t vocab_size) {
  constexpr std::size_t kMostIds = 64;
  if (!config.has(key)) return {};
  if (!config.json_text(key).starts_with('[')) return config.integer(key, 0, 0, vocab_size - 1);
  return config.integer_list(key, {}, kMostIds, 0, vocab_size - 1).front();
}

MaybeId id_of(const std::optional<text::ByteLevelTokenizer>& tokenizer, std::string_view token) {
  return tokenizer ? tokenizer->find(token) : MaybeId();
}

/// The token named in tokenizer_config.json.
MaybeId tokenizers_mask(const fs::path& directory,
                        const std::optional<text::ByteLevelTokenizer>& tokenizer) {
  const fs::path file = directory / "tokenizer_config.json";
  if (!tokenizer || !is_there(file)) return {};
  const io::Config config = io::Config::load(file);
  const bool plain = config.json_text("mask_token").starts_with('"');
  return plain ? tokenizer->find(config.string("mask_token", "")) : MaybeId();
}

TextOptions defaults_of(const fs::path& directory) {
  constexpr std::int64_t kMost = 1 << 22;
  TextOptions options;
  if (!is_there(directory / kGenerationConfig)) return options;
  const io::Config config = io::Config::load(directory / kGenerationConfig);
  options.gen_length = config.integer("gen_length", options.gen_length, 1, kMost);
  options.block_length = config.integer("block_length", options.block_length, 1, kMost);
  options.steps = config.integer("steps", options.steps, 1, kMost);
  return options;
}

/// The weights of a model's Program.
using WeightsOf =
    std::function<nn::BoundWeights(const TextModel::State& model, const nn::Program& program,
                                   const nn::WeightPlacement& placement)>;

WeightsOf stored_in(const fs::path& directory, const TextModelOptions& options) {
  return [&](const TextModel::State& model, const nn::Program& program,
             const nn::WeightPlacement& placement) {
    const auto stored = io::WeightMap::open(
        directory,
        {.stem = "model",
         .pickles = options.allow_pickles ? io::Pickles::allowed : io::Pickles::refused},
        model.family->key_map);
    const nn::Program* const read[] = {&program};
    const std::vector<std::string> ignored = model.config.tied_embeddings
                                                 ? std::vector<std::string>{"lm_head."}
                                                 : std::vector<std::string>{};
    const std::string& name = model.family->name;
    nn::refuse_unread_weights(read, stored, ignored, name);
    return options.structure_only ? nn::check_weights(program, stored, placement, name)
                                  : nn::bind_weights(program, stored, placement, name);
  };
}

WeightsOf random_from(std::uint64_t seed, const TextModelOptions& options) {
  return [seed, &options](const TextModel::State&, const nn::Program& program,
                          const nn::WeightPlacement& placement) {
    return options.structure_only ? nn::BoundWeights({}, placement)
                                  : nn::random_weights(program, seed, placement);
  };
}

/// Those of the directory, unless random ones are asked for.
WeightsOf weights_of(const fs::path& directory, const TextModelOptions& options) {
  return options.random_weights ? random_from(*options.random_weights, options)
                                : stored_in(directory, options);
}

/// Builds the model from its configuration and weights and, in a directory, its tokenizer.
class LanguageModelLoader {
 public:
  LanguageModelLoader(const Context& context, io::Config config, const TextModelOptions& options)
      : options_(options),
        config_(std::move(config)),
        placement_{.device = context.state()->device(), .dtype = options.dtype},
        model_(std::make_shared<TextModel::State>()) {
    check_dtype(placement_);
    placement_.packed = nn::can_pack(placement_.device, placement_.dtype);
    model_->context = context.state();
    model_->structure_only = options.structure_only;
  }

  std::shared_ptr<const TextModel::State> load(LanguageFamilyPtr family, const WeightsOf& weights,
                                               const fs::path& directory = {}) && {
    directory_ = directory;
    model_->family = std::move(family);
    model_->config = model_->family->read(config_);
    if (!directory.empty()) read_tokenizer_and_defaults();
    load_network(weights);
    fill_info();
    return std::move(model_);
  }

 private:
  void read_tokenizer_and_defaults() {
    if (is_there(directory_ / "tokenizer.json"))
      model_->tokenizer = text::ByteLevelTokenizer::load(directory_);
    model_->defaults = defaults_of(directory_);
  }

  void load_network(const WeightsOf& weights) {
    auto program = std::make_shared<const nn::Program>(
        nn::mark_quantizable(nn::fuse(models::build_llama(model_->config))));
    auto bound = std::make_shared<const nn::BoundWeights>(weights(*model_, *program, placement_));
    model_->network = {std::move(program), std::move(bound),
                       std::make_shared<const nn::LocalOps>()};
  }

  MaybeId mask_id() const {
    const std::int64_t vocabulary = model_->config.vocab_size;
    if (options_.mask_id && (*options_.mask_id < 0 || *options_.mask_id >= vocabulary))
      fail(Code::invalid_argument, "mask id {} is outside the vocabulary of {} tokens",
           *options_.mask_id, vocabulary);
    if (options_.mask_id) return options_.mask_id;
    if (const MaybeId own = id_in(config_, "mask_token_id", vocabulary)) return own;
    return tokenizers_mask(directory_, model_->tokenizer);
  }

  void fill_info() {
    const models::LlamaConfig& c = model_->config;
    const nn::Program& program = *model_->network.program;
    model_->info = {.family = model_->family->name,
                    .model_type = config_.string("model_type", ""),
                    .vocab_size = c.vocab_size,
                    .hidden_size = c.hidden_size,
                    .layers = c.layers,
                    .heads = c.heads,
                    .kv_heads = c.kv_heads,
                    .context_length = c.positions,
                    .parameters = parameter_count(program),
                    .bytes = nn::WeightPlacer(program, placement_).bytes(),
                    .mask_id = mask_id(),
                    .end_id = id_in(config_, "eos_token_id", c.vocab_size),
                    .turn_end_id = id_of(model_->tokenizer, model_->family->conversation.turn_end),
                    .has_tokenizer = model_->tokenizer.has_value()};
  }

  fs::path directory_;
  const TextModelOptions& options_;
  io::Config config_;
  nn::WeightPlacement placement_;
  std::shared_ptr<TextModel::State> model_;
};

}  // namespace
}  // namespace pipeline

TextModel TextModel::load(const Context& context, const std::filesystem::path& directory,
                          const TextModelOptions& options) {
  return State::handle(on_device(*context.state(), directory.string(), [&] {
    io::Config config = io::Config::load(directory / pipeline::kConfig);
    auto family = pipeline::all_families().of_language_model(config);
    return pipeline::LanguageModelLoader(context, std::move(config), options)
        .load(std::move(family), pipeline::weights_of(directory, options), directory);
  }));
}

TextModel TextModel::synthetic(const Context& context, const std::string& name, std::uint64_t seed,
                               const TextModelOptions& options) {
  return State::handle(on_device(*context.state(), name, [&] {
    const auto [family, size] = pipeline::all_families().language_size(name);
    return pipeline::LanguageModelLoader(context, io::Config::from_text(size->config, name),
                                         options)
        .load(family, pipeline::random_from(seed, options));
  }));
}

std::vector<std::string> TextModel::synthetic_names() {
  return pipeline::all_families().language_size_names();
}

bool TextModel::is_in(const std::filesystem::path& directory) {
  return pipeline::is_there(directory / pipeline::kConfig) &&
         !pipeline::is_there(directory / "model_index.json");
}

}  // namespace latentrt
