#pragma once
/// Text of masked diffusion language models: an answer of masked tokens is filled in, several
/// tokens a step.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <latentrt/api.hpp>
#include <latentrt/context.hpp>
#include <latentrt/dtype.hpp>
#include <latentrt/option_info.hpp>
#include <latentrt/sampler.hpp>
#include <latentrt/spec.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace latentrt {

using TokenIds = std::vector<std::int64_t>;

struct TextModelOptions {
  DType dtype = DType::fp32;  ///< of weights and activations
  /// Checks the weight files but does not read them: info() works at once, runs are refused.
  bool structure_only = false;
  bool allow_pickles = true;  ///< see PipelineOptions::allow_pickles
  /// Random weights of this seed instead of the files', which need not exist: where a training
  /// begins (latentrt/train.hpp).
  std::optional<std::uint64_t> random_weights{};
  /// The id of the mask, where the model's files name none or a wrong one.
  std::optional<std::int64_t> mask_id{};
};

struct TextModelInfo {
  std::string family;      ///< "llada", "dream"
  std::string model_type;  ///< of config.json
  std::int64_t vocab_size, hidden_size, layers, heads, kv_heads, context_length;
  std::uint64_t parameters, bytes;  ///< the latter in memory, in the model's dtype
  std::optional<std::int64_t> mask_id, end_id;
  std::optional<std::int64_t> turn_end_id;  ///< ends a turn of a conversation
  bool has_tokenizer;
};

/// A language model in memory. Immutable handle; copies share the weights. Usable from any thread.
class LATENTRT_API TextModel {
 public:
  /// Reads a directory as transformers writes it: config.json of LLaDA or Dream, safetensors files
  /// (or shards and their index), and tokenizer.json where there is one. Throws Error(not_found,
  /// bad_file, unsafe_file, unsupported, invalid_argument, io_error).
  static TextModel load(const Context& context, const std::filesystem::path& directory,
                        const TextModelOptions& options = {});
  /// A published size by its name, with random weights of the seed and without a tokenizer: for
  /// benchmarks. Throws Error(invalid_argument) that lists the names.
  static TextModel synthetic(const Context& context, const std::string& name, std::uint64_t seed,
                             const TextModelOptions& options = {});
  static std::vector<std::string> synthetic_names();
  /// Whether the directory is of that kind, rather than of pictures.
  static bool is_in(const std::filesystem::path& directory);

  TextModelInfo info() const;

  /// Token ids of a text, in which the names of special tokens are those tokens; none are added.
  /// Throws Error(unsupported) where the model has no tokenizer, and invalid_argument for text that
  /// is not UTF-8.
  TokenIds encode(std::string_view text) const;
  /// What a user says, in the form in which the family's models were trained on conversations.
  std::string as_conversation(std::string_view message) const;
  std::string decode(std::span<const std::int64_t> ids, bool skip_special = false) const;

  struct State;
  const std::shared_ptr<const State>& state() const noexcept { return state_; }

 private:
  explicit TextModel(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

/// Which ends of an answer have no chance to be committed early: models that were trained on padded
/// answers are too sure of them.
enum class EndSuppression {
  none,
  logits,      ///< the end is never predicted
  confidence,  ///< ends are committed last
  reference    ///< the same as LLaDA's published code does it; see sampling/masked
};

struct TextOptions {
  std::int64_t gen_length = 128;   ///< tokens of an answer
  std::int64_t block_length = 32;  ///< which are filled block by block; divides gen_length
  /// Of the whole answer, a multiple of the number of blocks. Policies without a schedule
  /// (threshold, factor) take as many as they need.
  std::int64_t steps = 128;
  Spec policy{"low_confidence", {}};  ///< one of describe_text_policies()
  double temperature = 0;             ///< 0: the most likely tokens
  double top_p = 1;                   ///< of the most likely ones with this probability together
  int top_k = 0;                      ///< of so many only; 0: of all
  double guidance = 1;  ///< away from an answer without the prompt: u + guidance (c - u); 1 is off
  EndSuppression suppress_ends = EndSuppression::none;
  /// An answer is finished once it holds the token that ends an answer or a turn and no mask before
  /// it: that token fills the rest, and calls go on with the other answers. Up to there answers are
  /// those without it. Not for policies that edit finished blocks (rcr with scope=global).
  bool early_stop = false;
  NoiseKind noise = NoiseKind::torch;
  /// Of the depth axis, by name: "blockcache:kind=dual", "dkv"; see describe_accelerators().
  std::vector<Spec> accelerators{};
};

/// What suits the model: gen_length, block_length and steps as its generation_config.json has them,
/// and the values above for the rest.
LATENTRT_API TextOptions default_text_options(const TextModel& model);

/// Prompts of any lengths, which share the calls of the network: every answer is that of its prompt
/// on its own.
struct TextRequest {
  std::vector<TokenIds> prompts{};
  /// Of the first prompt; that of the i-th is seed + i.
  std::uint64_t seed = 0;
  std::vector<std::uint64_t> seeds{};  ///< one a prompt, instead
  /// The observer is also told TextStep::predictions and confidence. The network's head then runs
  /// for all masks of an answer and not for those of a block only.
  bool predictions = false;
  /// check() and run() refuse a run that is estimated to need more than this; 0 is no limit.
  std::uint64_t max_memory_bytes = 0;
};

struct TextResult {
  std::vector<TokenIds> answers;  ///< gen_length ids each
  std::size_t forwards = 0;       ///< calls of the network; a guided one has two rows an answer
  std::size_t rows = 0;           ///< of all calls
  double tokens_per_forward = 0;  ///< of one answer
  /// Part of the tokens of all rows whose keys and values came from a cache: 0 to below 1.
  double cached = 0;
  std::uint64_t cache_bytes = 0;     ///< of those keys and values
  std::vector<std::string> notes{};  ///< about the accelerators: where they cannot pay off
  double seconds = 0;
};

/// Where a run is, after a step. The references are valid during the call of the observer.
struct TextStep {
  std::size_t step, steps;  ///< the number done; the number of all, at most
  /// Answers so far, with masks, and before the step.
  const std::vector<TokenIds>& answers;
  const std::vector<TokenIds>& before;
  std::int64_t mask_id;
  double seconds;  ///< of this step
  /// Empty unless asked for: what the step predicts, which is `before` with every mask filled in,
  /// also those of later blocks.
  const std::vector<TokenIds>& predictions;
  /// How sure the policy is of each prediction; 0 for tokens that were not masked.
  const std::vector<std::vector<double>>& confidence;
};
using TextObserver = std::function<void(const TextStep&)>;

/// Samples answers. Belongs to one thread at a time.
class LATENTRT_API TextSampler {
 public:
  /// Throws Error(invalid_argument) for options and accelerators that do not fit each other or the
  /// model.
  TextSampler(const TextModel& model, const TextOptions& options);
  ~TextSampler();
  TextSampler(TextSampler&&) noexcept;
  TextSampler& operator=(TextSampler&&) noexcept;

  /// Throws Error(invalid_argument) for ids that the vocabulary does not have, the mask among those
  /// of a prompt, and prompts that are too long for the model; non_finite; out_of_memory;
  /// cancelled.
  TextResult run(const TextRequest& request, const TextObserver& on_step = {});
  /// Throws what run() would throw about the request before it computes anything.
  void check(const TextRequest& request) const;
  /// Estimates the memory of a run of this request: the weights and, as MemoryEstimate::denoise,
  /// the largest call of the network or the step after it. Reads no weights: the model may be
  /// structure_only. Throws what check() throws about prompts.
  MemoryEstimate memory(const TextRequest& request) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The policies of this build, with their options.
LATENTRT_API std::vector<NamedOptions> describe_text_policies();

}  // namespace latentrt
