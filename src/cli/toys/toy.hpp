#pragma once
/// Small tasks with exact verifiers, on which text models can be trained and compared.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace latentrt::cli {

struct ToyText {
  std::string prompt, answer;
};

/// The two sets of problems: training never uses held-out ones.
enum class Split { train, held_out };

struct Toy {
  std::string name;
  std::string help;  ///< one sentence, without a full stop
  /// Returns the files of a model directory without weights, by file name: the shape of a model
  /// that suits the task, its tokenizer, and how its answers are sampled.
  std::map<std::string, std::string> (*files)();
  /// Returns a problem with one of its right answers; the same seed and number always give the same
  /// problem.
  ToyText (*problem)(std::uint64_t seed, std::uint64_t number, Split split);
  /// Returns whether the answer is right. Never throws, whatever the texts are.
  bool (*is_right)(std::string_view prompt, std::string_view answer);
  double temperature;  ///< temperature at which answers are compared
};

std::vector<std::string> toy_names();
/// Returns the task of that name. Throws Error(invalid_argument) that lists the valid names.
const Toy& toy_of(std::string_view name);

}  // namespace latentrt::cli
