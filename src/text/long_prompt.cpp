#include "text/long_prompt.hpp"

#include <utility>

namespace latentrt::text {
namespace {

constexpr std::string_view kBreak = "BREAK";

std::vector<WeightedSpan> spans_of(std::string_view prompt, bool weighted) {
  if (weighted) return parse_weighted_prompt(prompt);
  return {{std::string(prompt), 1.0F}};
}

/// Letters of other alphabets are words too.
bool is_word_character(char byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= 'a' && byte <= 'z') || byte == '_' || static_cast<unsigned char>(byte) >= 0x80;
}

/// Offset of the word BREAK, or npos.
std::size_t find_break(std::string_view text) {
  for (std::size_t at = text.find(kBreak); at != text.npos; at = text.find(kBreak, at + 1)) {
    const std::size_t end = at + kBreak.size();
    const bool begins = at == 0 || !is_word_character(text[at - 1]);
    if (begins && (end == text.size() || !is_word_character(text[end]))) return at;
  }
  return text.npos;
}

/// Fills one chunk after the other.
class Chunks {
 public:
  explicit Chunks(const ClipTokenizer& tokenizer) : tokenizer_(tokenizer) { open(); }

  void add(std::string_view text, float weight) {
    for (const std::int64_t id : tokenizer_.tokenize(text)) {
      if (current_.prompt.token_count == tokenizer_.length() - 2) close();
      current_.prompt.ids.push_back(id);
      current_.weights.push_back(weight);
      ++current_.prompt.token_count;
    }
  }

  void close() {
    current_.prompt.ids.push_back(tokenizer_.end_id());
    current_.prompt.ids.resize(tokenizer_.length(), tokenizer_.pad_id());
    current_.weights.resize(tokenizer_.length(), 1.0F);
    done_.push_back(std::move(current_));
    open();
  }

  std::vector<WeightedTokens> finish() {
    if (current_.prompt.token_count > 0 || done_.empty()) close();
    return std::move(done_);
  }

 private:
  void open() {
    current_.prompt.ids.assign(1, tokenizer_.begin_id());
    current_.prompt.token_count = 0;
    current_.weights.assign(1, 1.0F);
  }

  const ClipTokenizer& tokenizer_;
  WeightedTokens current_;
  std::vector<WeightedTokens> done_;
};

}  // namespace

std::string cut_part(const ClipTokenizer& tokenizer, std::string_view prompt, bool weighted) {
  constexpr const char* kBlank = " \t\n\v\f\r";
  std::size_t left = tokenizer.length() - 2;
  std::string cut;
  for (const WeightedSpan& span : spans_of(prompt, weighted)) {
    const std::size_t tokens = tokenizer.tokenize(span.text).size();
    if (cut.empty() && tokens <= left) {
      left -= tokens;
      continue;
    }
    cut += cut.empty() ? span.text.substr(tokenizer.prefix_of(span.text, left)) : span.text;
  }
  const std::size_t begin = cut.find_first_not_of(kBlank);
  return begin == cut.npos ? "" : cut.substr(begin, cut.find_last_not_of(kBlank) + 1 - begin);
}

std::vector<WeightedTokens> tokenize_in_chunks(const ClipTokenizer& tokenizer,
                                               std::string_view prompt, bool weighted) {
  Chunks chunks(tokenizer);
  for (const WeightedSpan& span : spans_of(prompt, weighted)) {
    std::string_view rest = span.text;
    for (std::size_t at = find_break(rest); at != rest.npos; at = find_break(rest)) {
      chunks.add(rest.substr(0, at), span.weight);
      chunks.close();
      rest.remove_prefix(at + kBreak.size());
    }
    chunks.add(rest, span.weight);
  }
  return chunks.finish();
}

}  // namespace latentrt::text
