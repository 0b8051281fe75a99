#pragma once
/// Training of small masked diffusion language models: pre-training and supervised fine-tuning with
/// LLaDA's objective, and reinforcement learning from verifiable rewards (MDPO). Meant for models
/// of a few million parameters, on one device, in fp32.
///
/// The caller writes the training loop:
///
///   TextTrainer trainer(model, {.learning_rate = 1e-3, .updates = 1000}, seed);
///   while (trainer.updates() < 1000) trainer.pretrain(examples, {.batch = 96});
///   trainer.save_model("described", "trained", DType::fp16);
///
/// A task is defined by functions that the caller provides: one returns examples or prompts,
/// another the reward of an answer.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <latentrt/api.hpp>
#include <latentrt/text.hpp>
#include <memory>
#include <string>
#include <vector>

namespace latentrt {

/// A prompt, which is never masked, and the answer that follows it. All answers of a training run
/// have the same number of ids: shorter ones are padded with the id of the end token.
struct TextExample {
  TokenIds prompt, answer;
};
/// Returns the example with the given index. It is called with 0, 1, 2, ... and must return the
/// same example for the same index, so that a resumed training run continues as if it had not been
/// interrupted.
using TextExamples = std::function<TextExample(std::uint64_t number)>;
/// Returns the prompt with the given index; the same rules apply.
using TextPrompts = std::function<TokenIds(std::uint64_t number)>;
/// Returns the reward of an answer, usually 0 or 1.
using TextReward = std::function<double(const TokenIds& prompt, const TokenIds& answer)>;

/// Options of AdamW (Loshchilov and Hutter 2019) and its learning rate schedule.
struct OptimizerOptions {
  enum class Schedule { constant, cosine };

  double learning_rate = 1e-3;  ///< the peak of the schedule
  Schedule schedule = Schedule::cosine;
  std::uint64_t warmup = 0;      ///< number of updates during which the rate rises linearly
  std::uint64_t updates = 1000;  ///< number of updates after which the cosine schedule reaches 0
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
  /// Gradients with a larger norm are scaled down to it; 0 is no limit.
  double max_gradient_norm = 1;
};

/// Options of an update on examples, with LLaDA's objective (Nie et al. 2025). Each example has its
/// own time t, uniform in [0,1); each token of its answer is masked with probability p = (1 - eps)
/// t + eps; the loss is the cross-entropy of masked tokens divided by p and by the number of tokens
/// of all answers. Without prompts this is the objective of pre-training, with prompts that of
/// supervised fine-tuning.
struct PretrainOptions {
  std::int64_t batch = 96;  ///< number of examples in an update
  /// Number of parts of the batch whose gradients are accumulated, to use less memory; divides
  /// batch.
  std::int64_t accumulation = 1;
  /// If set, the times of a batch are evenly spaced from a random start (Kingma et al. 2021, VDM,
  /// appendix I.1): the same expectation with less variance.
  bool even_times = false;
  double eps = 1e-3;
};

/// Options of an update on rewards of sampled answers (He et al. 2025, MDPO). An answer is an
/// episode of denoising steps; the action of a step is its prediction of all masks, and each step
/// gets the reward of its prediction.
struct MdpoOptions {
  std::int64_t prompts = 8;  ///< number of prompts in an update
  /// Number of answers sampled for each prompt (a group), 2 or more.
  std::int64_t rollouts = 8;
  /// Steps of each group to train on: those with the largest advantages.
  std::int64_t trained_steps = 4;
  /// How answers are sampled. The temperature must be above 0, top_p 1, top_k 0 and guidance 1. The
  /// policy must have a schedule, and its confidence must be the probability after temperature:
  /// rcr, or low_confidence:schedule=linear,tempered=true, which is the published sampler.
  TextOptions sampling{};
  /// If set, only the last step has a reward, and all steps use its advantage: GRPO (Shao et al.
  /// 2024).
  bool final_reward = false;
  double clip = 0.2;  ///< the ratio of new to old probabilities is clipped to [1 - clip, 1 + clip]
  /// Weight of the divergence from the initial model; if 0, the divergence is not computed.
  double kl = 0.02;
  std::int64_t iterations = 1;  ///< optimiser updates on the same answers
  /// Number of parts of the trained steps whose gradients are accumulated, to use less memory.
  std::int64_t accumulation = 1;
};

struct TrainingUpdate {
  std::uint64_t update = 0;  ///< number of updates done
  double loss = 0;
  double learning_rate = 0;
  double gradient_norm = 0;  ///< before clipping
  double seconds = 0;
  /// pretrain(): fraction of masked tokens whose most likely prediction is right
  double accuracy = 0;
  /// mdpo(): mean reward of the answers, and mean of the best reward over the steps of each answer.
  double reward = 0, best_reward = 0;
};

/// Trains a copy of a model's weights. May be used by one thread at a time.
class LATENTRT_API TextTrainer {
 public:
  /// Throws Error(invalid_argument) for options out of range, and for a model without weights
  /// (structure_only) or without a mask token.
  TextTrainer(const TextModel& model, const OptimizerOptions& options, std::uint64_t seed);
  ~TextTrainer();
  TextTrainer(TextTrainer&&) noexcept;
  TextTrainer& operator=(TextTrainer&&) noexcept;

  /// pretrain() makes one update, and mdpo() makes MdpoOptions::iterations updates on the same
  /// answers. Both throw Error: invalid_argument for options out of range and for examples or
  /// prompts that do not fit the model; non_finite if the loss or its gradient is not finite;
  /// out_of_memory; cancelled. After an error the weights are those before the call, or those after
  /// its last complete iteration. Random values depend only on the seed and the number of the
  /// update.
  TrainingUpdate pretrain(const TextExamples& examples, const PretrainOptions& options);
  TrainingUpdate mdpo(const TextPrompts& prompts, const TextReward& reward,
                      const MdpoOptions& options);

  std::uint64_t updates() const noexcept;  ///< number of updates done so far
  /// Returns a copy of the current model, for samplers.
  TextModel model() const;

  /// Writes the complete training state to a safetensors file, atomically: weights, moments, counts
  /// and seed. A trainer that loads it continues bit for bit as this one would. `task` is stored in
  /// the file. Throws Error(io_error, invalid_argument).
  void save_checkpoint(const std::filesystem::path& file, const std::string& task = {}) const;
  /// Restores the training state from a file of save_checkpoint(). Throws Error: not_found;
  /// bad_file if the file is not a checkpoint; invalid_argument if its names or shapes differ from
  /// the model's, or if it is a checkpoint of another task. After an error nothing has changed.
  void load_checkpoint(const std::filesystem::path& file, const std::string& task = {});

  /// Writes the model as a directory that TextModel::load() reads: the weights, under the names of
  /// the published files and in fp32, bf16 or fp16, and the files that describe the model, copied
  /// from `described` (config.json, generation_config.json, tokenizer.json, tokenizer_config.json).
  /// Creates the directory; its files appear together. Throws Error(io_error, invalid_argument,
  /// not_found), and Error(unsupported) for families other than LLaDA.
  void save_model(const std::filesystem::path& described, const std::filesystem::path& directory,
                  DType dtype) const;

  struct LATENTRT_LOCAL State;

 private:
  std::unique_ptr<State> state_;
};

/// Answers and their rewards, with one entry for each prompt.
struct ScoredText {
  std::vector<TokenIds> answers;
  std::vector<double> rewards;       ///< rewards of the answers
  std::vector<double> best_rewards;  ///< highest reward of the prediction of any step
  std::vector<std::size_t> steps;    ///< number of steps until the answer had no masks
};

/// Runs the sampler and computes the reward of each step's prediction. An answer is a backslide if
/// its best reward is higher than its final reward. Throws what TextSampler::run() throws.
LATENTRT_API ScoredText score_text(TextSampler& sampler, const TextRequest& request,
                                   const TextReward& reward);

/// Returns the text of a tokenizer.json (byte-level BPE without merges) with one token for each
/// byte, each of the words and each special token, in this order. A word includes the space before
/// it, as in " 12", and must be a single word under GPT-2's pattern. Throws Error(invalid_argument)
/// for a word that occurs twice.
LATENTRT_API std::string word_tokenizer(const std::vector<std::string>& words,
                                        const std::vector<std::string>& special);

}  // namespace latentrt
