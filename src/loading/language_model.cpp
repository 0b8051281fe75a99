/// Directories of language models, as transformers writes them.

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

/// Builds the model from the files of a directory.
class LanguageModelLoader {
 public:
  LanguageModelLoader(const Context& context, const fs::path& directory,
                      const TextModelOptions& options)
      : directory_(directory),
        options_(options),
        config_(io::Config::load(directory / kConfig)),
        placement_{.device = context.state()->device(), .dtype = options.dtype},
        model_(std::make_shared<TextModel::State>()) {
    check_dtype(placement_);
    placement_.packed = nn::can_pack(placement_.device, placement_.dtype);
    model_->context = context.state();
    model_->structure_only = options.structure_only;
  }

  std::shared_ptr<const TextModel::State> load(const FamilyTable& table) && {
    model_->family = table.of_language_model(config_);
    model_->config = model_->family->read(config_);
    if (is_there(directory_ / "tokenizer.json"))
      model_->tokenizer = text::ByteLevelTokenizer::load(directory_);
    model_->defaults = defaults_of(directory_);
    load_network();
    fill_info();
    return std::move(model_);
  }

 private:
  void load_network() {
    auto program = std::make_shared<const nn::Program>(
        nn::mark_quantizable(nn::fuse(models::build_llama(model_->config))));
    auto weights = std::make_shared<const nn::BoundWeights>(
        options_.random_weights ? nn::random_weights(*program, *options_.random_weights, placement_)
                                : stored_weights(*program));
    model_->network = {std::move(program), std::move(weights),
                       std::make_shared<const nn::LocalOps>()};
  }

  nn::BoundWeights stored_weights(const nn::Program& program) const {
    const auto stored = io::WeightMap::open(
        directory_,
        {.stem = "model",
         .pickles = options_.allow_pickles ? io::Pickles::allowed : io::Pickles::refused},
        model_->family->key_map);
    const nn::Program* const read[] = {&program};
    const std::vector<std::string> ignored = model_->config.tied_embeddings
                                                 ? std::vector<std::string>{"lm_head."}
                                                 : std::vector<std::string>{};
    const std::string& name = model_->family->name;
    nn::refuse_unread_weights(read, stored, ignored, name);
    return options_.structure_only ? nn::check_weights(program, stored, placement_, name)
                                   : nn::bind_weights(program, stored, placement_, name);
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

  const fs::path& directory_;
  const TextModelOptions& options_;
  io::Config config_;
  nn::WeightPlacement placement_;
  std::shared_ptr<TextModel::State> model_;
};

}  // namespace
}  // namespace pipeline

TextModel TextModel::load(const Context& context, const std::filesystem::path& directory,
                          const TextModelOptions& options) {
  const pipeline::FamilyTable table = pipeline::all_families();
  return State::handle(on_device(*context.state(), directory.string(), [&] {
    return pipeline::LanguageModelLoader(context, directory, options).load(table);
  }));
}

bool TextModel::is_in(const std::filesystem::path& directory) {
  return pipeline::is_there(directory / pipeline::kConfig) &&
         !pipeline::is_there(directory / "model_index.json");
}

}  // namespace latentrt
