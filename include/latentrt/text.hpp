#pragma once
/// Text generation with masked diffusion language models. An answer starts as mask tokens, and each
/// step fills in several of them.

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
  DType dtype = DType::fp32;  ///< dtype of weights and activations
  /// If set, the weight files are checked but not read: info() works at once, and runs are refused.
  bool structure_only = false;
  bool allow_pickles = true;  ///< see PipelineOptions::allow_pickles
  /// If set, weights are random values drawn from this seed, and the weight files need not exist.
  /// Used to start training from scratch (latentrt/train.hpp).
  std::optional<std::uint64_t> random_weights{};
  /// Id of the mask token, for models whose files name none or a wrong one.
  std::optional<std::int64_t> mask_id{};
};

struct TextModelInfo {
  std::string family;      ///< "llada", "dream"
  std::string model_type;  ///< "model_type" in config.json
  std::int64_t vocab_size, hidden_size, layers, heads, kv_heads, context_length;
  std::uint64_t parameters, bytes;  ///< bytes: size in memory, in the model's dtype
  std::optional<std::int64_t> mask_id, end_id;
  std::optional<std::int64_t> turn_end_id;  ///< the token that ends a turn of a conversation
  bool has_tokenizer;
};

/// A language model in memory. Immutable handle; copies share the weights. Usable from any thread.
class LATENTRT_API TextModel {
 public:
  /// Loads a model directory in the layout of transformers: config.json of LLaDA or Dream,
  /// safetensors files (or shards and their index), and tokenizer.json if the model has one. Throws
  /// Error(not_found, bad_file, unsafe_file, unsupported, invalid_argument, io_error).
  static TextModel load(const Context& context, const std::filesystem::path& directory,
                        const TextModelOptions& options = {});
  /// Creates a model of a published size, by name, with random weights drawn from `seed` and
  /// without a tokenizer, for benchmarks. Throws Error(invalid_argument) that lists the valid
  /// names.
  static TextModel synthetic(const Context& context, const std::string& name, std::uint64_t seed,
                             const TextModelOptions& options = {});
  static std::vector<std::string> synthetic_names();
  /// Whether the directory contains a language model rather than an image model.
  static bool is_in(const std::filesystem::path& directory);

  TextModelInfo info() const;

  /// Returns the token ids of a text. Names of special tokens in the text become those tokens; no
  /// other special tokens are added. Throws Error(unsupported) if the model has no tokenizer, and
  /// Error(invalid_argument) if the text is not valid UTF-8.
  TokenIds encode(std::string_view text) const;
  /// Applies the chat template of the model family to a user's message.
  std::string as_conversation(std::string_view message) const;
  std::string decode(std::span<const std::int64_t> ids, bool skip_special = false) const;

  struct State;
  const std::shared_ptr<const State>& state() const noexcept { return state_; }

 private:
  explicit TextModel(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

/// How end tokens are kept from being committed too early: models that were trained on padded
/// answers are overconfident about them.
enum class EndSuppression {
  none,
  logits,      ///< the end token is never predicted
  confidence,  ///< end tokens are committed last
  reference    ///< `confidence` as in LLaDA's published code; see sampling/masked
};

struct TextOptions {
  std::int64_t gen_length = 128;  ///< number of tokens in an answer
  /// Tokens in a block; blocks are filled in order; divides gen_length.
  std::int64_t block_length = 32;
  /// Number of steps for the whole answer, a multiple of the number of blocks. Policies without a
  /// schedule (threshold, factor, entropy_bound) take as many steps as they need.
  std::int64_t steps = 128;
  Spec policy{"low_confidence", {}};  ///< one of describe_text_policies()
  double temperature = 0;             ///< 0 selects the most likely token
  /// Samples from the most likely tokens whose probabilities add up to top_p.
  double top_p = 1;
  /// Samples from the top_k most likely tokens only; 0 is no limit.
  int top_k = 0;
  /// Classifier-free guidance scale: logits are u + guidance (c - u), with the logits c with the
  /// prompt and u without it. 1 is off.
  double guidance = 1;
  EndSuppression suppress_ends = EndSuppression::none;
  /// If set, an answer is finished once it contains a token that ends an answer or a turn, with no
  /// mask before it. That token fills the rest of the answer, and further calls are for the other
  /// answers. Tokens before it are the same as without early_stop. Not supported for policies that
  /// edit finished blocks (rcr with scope=global).
  bool early_stop = false;
  NoiseKind noise = NoiseKind::torch;
  /// Accelerators of the depth axis, by name: "blockcache:kind=dual", "dkv"; see
  /// describe_accelerators().
  std::vector<Spec> accelerators{};
};

/// Returns the default options for a model: gen_length, block_length and steps from its
/// generation_config.json, and the defaults above for everything else.
LATENTRT_API TextOptions default_text_options(const TextModel& model);

/// A batch of prompts of any lengths. They share the calls of the network; each answer equals that
/// of a run with only its prompt.
struct TextRequest {
  std::vector<TokenIds> prompts{};
  /// Seed of the first prompt; prompt i uses seed + i.
  std::uint64_t seed = 0;
  std::vector<std::uint64_t> seeds{};  ///< one seed for each prompt; replaces `seed`
  /// If set, the observer also receives TextStep::predictions and TextStep::confidence. The output
  /// head then runs for all masks of an answer rather than only for those of a block.
  bool predictions = false;
  /// check() and run() refuse a run that is estimated to need more bytes than this; 0 is no limit.
  std::uint64_t max_memory_bytes = 0;
};

struct TextResult {
  std::vector<TokenIds> answers;  ///< gen_length ids each
  /// Calls of the network; with guidance a call has two rows for each answer.
  std::size_t forwards = 0;
  std::size_t rows = 0;           ///< rows of all calls, in total
  double tokens_per_forward = 0;  ///< mean over the calls of one answer
  /// Fraction of the tokens of all rows whose keys and values came from a cache, in [0,1).
  double cached = 0;
  std::uint64_t cache_bytes = 0;  ///< size of the cached keys and values
  /// Remarks on the accelerators: cases in which they cannot save work.
  std::vector<std::string> notes{};
  double seconds = 0;
};

/// Progress of a run, after a step. The references are valid only during the call of the observer.
struct TextStep {
  std::size_t step, steps;  ///< steps done, and the maximum number of steps
  /// Answers after and before the step; tokens that are not filled in yet are masks.
  const std::vector<TokenIds>& answers;
  const std::vector<TokenIds>& before;
  std::int64_t mask_id;
  double seconds;  ///< time of this step
  /// The prediction of the step: `before` with every mask filled in, including those of later
  /// blocks. Empty unless TextRequest::predictions is set.
  const std::vector<TokenIds>& predictions;
  /// The policy's confidence in each prediction; 0 for tokens that were not masked. Empty unless
  /// TextRequest::predictions is set.
  const std::vector<std::vector<double>>& confidence;
};
using TextObserver = std::function<void(const TextStep&)>;

/// Samples answers with one model and one set of options. May be used by one thread at a time.
class LATENTRT_API TextSampler {
 public:
  /// Throws Error(invalid_argument) for options and accelerators that do not fit each other or the
  /// model.
  TextSampler(const TextModel& model, const TextOptions& options);
  ~TextSampler();
  TextSampler(TextSampler&&) noexcept;
  TextSampler& operator=(TextSampler&&) noexcept;

  /// Samples an answer to each prompt. Throws Error(invalid_argument) for ids outside the
  /// vocabulary, for prompts that contain the mask token and for prompts that are too long for the
  /// model; also Error(non_finite, out_of_memory, cancelled).
  TextResult run(const TextRequest& request, const TextObserver& on_step = {});
  /// Checks a request: throws the errors that run() would throw before it computes anything.
  void check(const TextRequest& request) const;
  /// Estimates the memory of a run of this request: the weights and, as MemoryEstimate::denoise,
  /// the larger of the largest call of the network and the step after it. Reads no weights, so the
  /// model may be structure_only. Throws what check() throws for prompts.
  MemoryEstimate memory(const TextRequest& request) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Returns the policies of this build, with their options.
LATENTRT_API std::vector<NamedOptions> describe_text_policies();

}  // namespace latentrt
