#include "cli/latentrt/text_progress.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace latentrt::cli {
namespace {

constexpr std::size_t kDefaultColumns = 80;

std::size_t terminal_columns() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kDefaultColumns;
}

/// Masks are shaded boxes; the text between them cannot control the terminal.
std::string picture_of(const TextModel& model, const TextStep& step) {
  constexpr const char* kBox = "\u2591";
  const bool has_text = model.info().has_tokenizer;
  std::string text;
  TokenIds known;
  const auto add_known = [&] {
    if (!known.empty())
      text += has_text ? model.decode(known) : fmt::format("{} ", fmt::join(known, " "));
    known.clear();
  };
  for (const std::int64_t id : step.answers.front()) {
    if (id != step.mask_id) {
      known.push_back(id);
      continue;
    }
    add_known();
    text += kBox;
  }
  add_known();
  std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7F'; });
  return text;
}

/// Characters, each of which is taken for one column.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

TextProgress::TextProgress(const TextModel& model, bool quiet)
    : model_(model), shown_(!quiet && isatty(STDERR_FILENO) != 0) {}

void TextProgress::operator()(const TextStep& step) {
  if (!shown_) return;
  const std::string text =
      fmt::format("[{}/{}] {}", step.step, step.steps, picture_of(model_, step));
  clear();
  fmt::print(stderr, "{}\n", text);
  lines_ = 1 + (width_of(text) - 1) / terminal_columns();
}

void TextProgress::end() { clear(); }

void TextProgress::clear() {
  if (lines_ > 0) fmt::print(stderr, "\x1b[{}A\r\x1b[J", lines_);
  lines_ = 0;
}

}  // namespace latentrt::cli
