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

/// Problems that training never sees are held out.
enum class Split { train, held_out };

struct Toy {
  std::string name;
  std::string help;  ///< one sentence, without a full stop
  /// Of a model directory without weights, by their names: the shape of a model that suits the
  /// task, its tokenizer, and how its answers are sampled.
  std::map<std::string, std::string> (*files)();
  /// A problem with one of its right answers: always the same for the same seed and number.
  ToyText (*problem)(std::uint64_t seed, std::uint64_t number, Split split);
  /// Never throws, whatever the texts are.
  bool (*is_right)(std::string_view prompt, std::string_view answer);
  double temperature;  ///< at which its answers are compared
};

std::vector<std::string> toy_names();
/// Throws Error(invalid_argument) that lists the names.
const Toy& toy_of(std::string_view name);

}  // namespace latentrt::cli
