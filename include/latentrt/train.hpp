#pragma once
/// Training of small masked diffusion language models: LLaDA's objective on examples, and
/// reinforcement learning from verifiable rewards (MDPO). It is meant for models of a few million
/// parameters, on one device, in fp32.
///
/// A training is an ordinary loop, which the caller writes:
///
///   TextTrainer trainer(model, {.learning_rate = 1e-3, .updates = 1000}, seed);
///   while (trainer.updates() < 1000) trainer.pretrain(examples, {.batch = 96});
///   trainer.save_model("described", "trained", DType::fp16);
///
/// Tasks are functions of the caller: where examples come from, and what an answer is worth.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <latentrt/api.hpp>
#include <latentrt/text.hpp>
#include <memory>
#include <string>
#include <vector>

namespace latentrt {

/// What a text begins with, which is never masked, and what follows it. Answers of one training
/// have equally many ids: shorter ones end with the id of the end.
struct TextExample {
  TokenIds prompt, answer;
};
/// The example of a number. It is called with 0, 1, 2, ... and must return the same on every call,
/// so that a resumed training continues as if it had not been interrupted.
using TextExamples = std::function<TextExample(std::uint64_t number)>;
/// The same for prompts only.
using TextPrompts = std::function<TokenIds(std::uint64_t number)>;
/// What an answer is worth; usually 0 or 1.
using TextReward = std::function<double(const TokenIds& prompt, const TokenIds& answer)>;

/// AdamW (Loshchilov and Hutter 2019) and its learning rate.
struct OptimizerOptions {
  enum class Schedule { constant, cosine };

  double learning_rate = 1e-3;  ///< the highest
  Schedule schedule = Schedule::cosine;
  std::uint64_t warmup = 0;      ///< updates during which the rate rises linearly
  std::uint64_t updates = 1000;  ///< after which cosine has reached 0
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
  double max_gradient_norm = 1;  ///< longer gradients are scaled down to it; 0: none are
};

/// An update on examples, by LLaDA's objective (Nie et al. 2025): each example has a time t of its
/// own, uniform in [0,1), its answer is masked with probability p = (1 - eps) t + eps, and the loss
/// is the cross-entropy of masked tokens over p, per token of all answers. Without prompts it is
/// that of pre-training, with prompts that of supervised fine-tuning.
struct PretrainOptions {
  std::int64_t batch = 96;  ///< examples of an update
  /// Parts of the batch whose gradients are added up, to use less memory; divides it.
  std::int64_t accumulation = 1;
  /// The times of a batch are spread evenly from a random start (Kingma et al. 2021, VDM, appendix
  /// I.1), which has the same expectation and less variance.
  bool even_times = false;
  double eps = 1e-3;
};

/// An update on rewards of sampled answers (He et al. 2025, MDPO): an answer is an episode of
/// denoising steps, whose action is the prediction of all masks, and every step has the reward of
/// its prediction.
struct MdpoOptions {
  std::int64_t prompts = 8;        ///< of an update
  std::int64_t rollouts = 8;       ///< answers to each of them, 2 or more: a group
  std::int64_t trained_steps = 4;  ///< of each group: those with the largest advantages
  /// How answers are sampled. The temperature must be above 0, top_p 1, top_k 0, guidance 1, and
  /// the policy one with a schedule whose confidence is the probability after temperature: rcr, or
  /// low_confidence:schedule=linear,tempered=true, which is the published sampler.
  TextOptions sampling{};
  /// Only the last step has a reward, and all steps have its advantage: GRPO (Shao et al. 2024).
  bool final_reward = false;
  double clip = 0.2;  ///< of the ratio of new to old probabilities, on either side of 1
  /// Weight of the divergence from the model that training began with; 0: none is computed.
  double kl = 0.02;
  std::int64_t iterations = 1;  ///< updates of the optimiser on the same answers
  /// Parts of the trained steps whose gradients are added up, to use less memory.
  std::int64_t accumulation = 1;
};

struct TrainingUpdate {
  std::uint64_t update = 0;  ///< the number done
  double loss = 0;
  double learning_rate = 0;
  double gradient_norm = 0;  ///< before it was scaled down
  double seconds = 0;
  double accuracy = 0;  ///< pretrain(): share of masked tokens that are the most likely prediction
  /// mdpo(): mean reward of answers, and of the best prediction of any step.
  double reward = 0, best_reward = 0;
};

/// Trains a copy of a model's weights. Belongs to one thread at a time.
class LATENTRT_API TextTrainer {
 public:
  /// Throws Error(invalid_argument) for options out of range, a model without weights
  /// (structure_only) or without a mask.
  TextTrainer(const TextModel& model, const OptimizerOptions& options, std::uint64_t seed);
  ~TextTrainer();
  TextTrainer(TextTrainer&&) noexcept;
  TextTrainer& operator=(TextTrainer&&) noexcept;

  /// Both throw Error: invalid_argument for options out of range and for examples or prompts that
  /// do not fit the model; non_finite when the loss or its gradient is not a number; out_of_memory;
  /// cancelled. Weights are then as they were before the call, or after the last of its iterations.
  /// Random values follow from the seed and the number of the update only.
  TrainingUpdate pretrain(const TextExamples& examples, const PretrainOptions& options);
  TrainingUpdate mdpo(const TextPrompts& prompts, const TextReward& reward,
                      const MdpoOptions& options);

  std::uint64_t updates() const noexcept;  ///< done so far
  /// A copy of the model as it is now, for samplers.
  TextModel model() const;

  /// Writes everything that a training needs to go on, atomically: weights, moments, counts and
  /// seed, in a safetensors file. A trainer that loads it continues bit for bit as this one would.
  /// `task`: kept in the file. Throws Error(io_error, invalid_argument).
  void save_checkpoint(const std::filesystem::path& file, const std::string& task = {}) const;
  /// Throws Error: not_found, bad_file for a file that is no checkpoint, invalid_argument where
  /// names or shapes are not the model's, or where it is of another task. Then nothing changes.
  void load_checkpoint(const std::filesystem::path& file, const std::string& task = {});

  /// Writes the model as a directory that TextModel::load() reads: its weights with the names of
  /// the published files, in fp32, bf16 or fp16, and the files that describe it, which `described`
  /// has (config.json, generation_config.json, tokenizer.json, tokenizer_config.json). Makes the
  /// folder; its files appear together. Throws Error(io_error, invalid_argument, not_found), and
  /// unsupported for a family other than LLaDA.
  void save_model(const std::filesystem::path& described, const std::filesystem::path& directory,
                  DType dtype) const;

  struct LATENTRT_LOCAL State;

 private:
  std::unique_ptr<State> state_;
};

/// Answers and what they are worth; one entry a prompt.
struct ScoredText {
  std::vector<TokenIds> answers;
  std::vector<double> rewards;       ///< of the answers
  std::vector<double> best_rewards;  ///< of the best prediction of any step
  std::vector<std::size_t> steps;    ///< until an answer had no masks
};

/// Runs the sampler, and asks for the reward of each step's prediction. An answer whose best reward
/// is above that of its end is a backslide. Throws what TextSampler::run() throws.
LATENTRT_API ScoredText score_text(TextSampler& sampler, const TextRequest& request,
                                   const TextReward& reward);

/// A tokenizer.json (byte-level BPE without merges) with one token for each byte, for each of the
/// words, and for each special token, in this order. A word has the blank before it, as in " 12",
/// and must be one word to GPT-2's pattern. Throws Error(invalid_argument) for a word that occurs
/// twice.
LATENTRT_API std::string word_tokenizer(const std::vector<std::string>& words,
                                        const std::vector<std::string>& special);

}  // namespace latentrt
