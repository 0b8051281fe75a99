#include "pipeline/prompts.hpp"

#include <algorithm>
#include <set>

#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt {
namespace pipeline {
namespace {

constexpr std::size_t kMaxChunks = 64;

/// Longer than other quotes, because the user needs to see what to move or to shorten.
std::string quote_cut(const std::string& cut) {
  constexpr std::size_t kMaxShown = 2000;
  return cut.size() <= kMaxShown ? fmt::format("{:?}", cut) : quote(cut);
}

void warn_of_cut(const Pipeline::State& model, const std::string& prompt,
                 const PromptReading& reading, std::vector<std::string>& warnings) {
  for (const TextEncoder& encoder : model.text_encoders) {
    const std::string cut = encoder.cut_part(prompt, reading);
    if (cut.empty()) continue;
    warnings.push_back(
        fmt::format("the text encoder reads {} tokens of a prompt, so that this end has no effect: "
                    "{}; long_prompts encodes it too",
                    encoder.token_limit(), quote_cut(cut)));
    return;
  }
}

}  // namespace

std::vector<std::string> prompts_of(const Request& request, bool guided) {
  if (request.embeddings) return {};
  std::vector<std::string> prompts{request.prompt};
  if (guided && request.negative) prompts.push_back(*request.negative);
  return prompts;
}

std::size_t prompt_chunks(const Pipeline::State& model, const Request& request, bool guided) {
  std::size_t most = 1;
  for (const std::string& prompt : prompts_of(request, guided)) {
    for (const TextEncoder& encoder : model.text_encoders)
      most = std::max(most, encoder.chunk_count(prompt, reading_of(request)));
  }
  if (most > kMaxChunks) {
    fail(Code::invalid_argument, "a prompt has {} parts of {} tokens; at most {} are encoded", most,
         model.text_encoders.front().token_limit(), kMaxChunks);
  }
  return most;
}

std::vector<std::string> prompt_warnings(const Pipeline::State& model,
                                         const std::vector<std::string>& prompts,
                                         const PromptReading& reading) {
  std::vector<std::string> warnings;
  for (const std::string& prompt : prompts) warn_of_cut(model, prompt, reading, warnings);
  std::set<std::string> unused;
  for (const TextEncoder& encoder : model.text_encoders) {
    const auto words = encoder.unused_words(prompts);
    unused.insert(words.begin(), words.end());
  }
  for (const std::string& word : unused)
    warnings.push_back(
        fmt::format("the learned word {} is in no prompt, so it has no effect", quote(word)));
  return warnings;
}

}  // namespace pipeline

std::vector<std::string> Pipeline::prompt_warnings(const std::vector<std::string>& prompts,
                                                   const PromptReading& reading) const {
  return pipeline::prompt_warnings(*state_, prompts, reading);
}

}  // namespace latentrt
