#include "cli/support/usage.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>
#include <vector>

namespace latentrt::cli {
namespace {

/// Names of the same flag in other programs, to suggest ours.
struct OtherName {
  std::string_view theirs, ours;
};
constexpr std::array kOtherNames{
    OtherName{"--cfg-scale", "--guidance"},
    OtherName{"--cfg", "--guidance"},
    OtherName{"--sampler", "--scheduler"},
    OtherName{"--sampling-method", "--scheduler"},
    OtherName{"--init-img", "--image"},
    OtherName{"--input-image", "--image"},
    OtherName{"--num-inference-steps", "--steps"},
    OtherName{"--batch-count", "--batch"},
    OtherName{"--num-images", "--batch"},
    OtherName{"--lora-path", "--lora"},
};

/// Number of insertions, deletions, replacements, and swaps of neighbours that turn one word into
/// the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, last(b.size() + 1), now(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    before = last;
    last = now;
  }
  return last.back();
}

/// The nearest of the names, or "" if none is near: one or two typing errors, or one word that the
/// other begins with.
std::string nearest(std::string_view word, const std::vector<std::string>& names) {
  constexpr std::size_t kLeastStem = 4, kLettersAnError = 3;
  std::string best;
  std::size_t least = word.size() / kLettersAnError + 1;
  for (const std::string& name : names) {
    const std::size_t distance = edit_distance(word, name);
    if (distance < least) {
      least = distance;
      best = name;
    }
  }
  if (!best.empty()) return best;
  for (const std::string& name : names) {
    const std::size_t stem = std::min(name.size(), word.size());
    if (stem >= kLeastStem && word.substr(0, stem) == std::string_view(name).substr(0, stem))
      return name;
  }
  return "";
}

std::string question(const std::string& meant) {
  return meant.empty() ? "" : fmt::format("; did you mean {}?", meant);
}

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

std::string unknown_command(const CLI::App& app, const std::string& word) {
  const std::vector<std::string> names = commands_of(app);
  return fmt::format("there is no command \"{}\": the commands are {}{}", word,
                     fmt::join(names, ", "), question(nearest(word, names)));
}

std::string meant_flag(const CLI::App& command, const std::string& flag) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  for (const auto& [theirs, ours] : kOtherNames)
    if (flag == theirs && std::ranges::find(names, ours) != names.end()) return std::string(ours);
  return nearest(flag, names);
}

/// Words that no option has consumed, with the first flag among them first.
std::string first_unknown(const CLI::App& app) {
  const std::vector<std::string> words = app.remaining(true);
  const auto flag = std::ranges::find_if(
      words, [](const std::string& word) { return word.size() > 1 && word[0] == '-'; });
  if (flag != words.end()) return flag->substr(0, flag->find('='));
  return words.empty() ? "" : words.front();
}

bool takes_words(const CLI::App& command) {
  const auto options = command.get_options();
  return std::ranges::any_of(options, [](const CLI::Option* o) { return o->get_positional(); });
}

}  // namespace

std::string usage_sentence(const CLI::App& app, const CLI::ParseError& error) {
  const std::string word = first_unknown(app);
  const auto chosen = app.get_subcommands();
  const CLI::App& command = chosen.empty() ? app : *chosen.front();
  const bool has_commands = !commands_of(app).empty();
  if (has_commands && chosen.empty()) {
    const auto words = app.remaining(true);
    const auto name =
        std::ranges::find_if(words, [](const std::string& each) { return each[0] != '-'; });
    if (name != words.end()) return unknown_command(app, *name);
    return fmt::format("a command is missing: the commands are {}",
                       fmt::join(commands_of(app), ", "));
  }
  if (word.empty()) return error.what();
  if (has_commands && app.remaining_size() > 0)
    return fmt::format("{} has no flag {}: flags follow the command", app.get_name(), word);
  if (word[0] != '-' && takes_words(command))
    return fmt::format("{} has no place for \"{}\": see --help", command.get_name(), word);
  if (word[0] != '-')
    return fmt::format("{} takes flags only, not \"{}\": see --help", command.get_name(), word);
  return fmt::format("{} has no flag {}{}", command.get_name(), word,
                     question(meant_flag(command, word)));
}

std::string lowered(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

CLI::Validator lower_case() {
  return {[](std::string& text) {
            text = lowered(text);
            return std::string();
          },
          ""};
}

}  // namespace latentrt::cli
