#include "cli/latentrt/text_progress.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace latentrt::cli {
namespace {

constexpr std::size_t kDefaultColumns = 80, kDefaultLines = 24;
constexpr const char* kBox = "\u2591";

struct Terminal {
  std::size_t columns = kDefaultColumns, lines = kDefaultLines;
};

Terminal terminal() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0) return {};
  return {size.ws_col > 0 ? size.ws_col : kDefaultColumns,
          size.ws_row > 0 ? size.ws_row : kDefaultLines};
}

/// Returns the answer with masks shown as shaded boxes. Control characters are removed, so that the
/// text cannot control the terminal.
std::string picture_of(const TextModel& model, const TextStep& step) {
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

/// Returns the number of characters; each is assumed to take one column.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// Returns the byte offset of the character with the given index.
std::size_t place_of(const std::string& text, std::size_t index) {
  std::size_t place = 0;
  for (; place < text.size(); ++place)
    if ((static_cast<unsigned char>(text[place]) & 0xC0) != 0x80 && index-- == 0) break;
  return place;
}

/// Returns the part of the text around the first mask that fits into `room` columns.
std::string part_that_fits(const std::string& text, std::size_t room) {
  const std::size_t width = width_of(text);
  if (width <= room) return text;
  const std::size_t mask = width_of(text.substr(0, text.find(kBox)));
  const std::size_t first = std::min(mask - std::min(mask, room / 2), width - room);
  const std::size_t begin = place_of(text, first);
  return text.substr(begin, place_of(text, first + room) - begin);
}

}  // namespace

TextProgress::TextProgress(const TextModel& model, bool quiet)
    : model_(model), shown_(!quiet && isatty(STDERR_FILENO) != 0) {}

void TextProgress::operator()(const TextStep& step) {
  if (!shown_) return;
  const Terminal size = terminal();
  const std::string head = fmt::format("[{}/{}] ", step.step, step.steps);
  const std::size_t all = size.columns * std::max<std::size_t>(size.lines, 2) - size.columns;
  const std::size_t room = all > head.size() ? all - head.size() : 1;
  const std::string text = head + part_that_fits(picture_of(model_, step), room);
  clear();
  fmt::print(stderr, "{}\n", text);
  lines_ = 1 + (width_of(text) - 1) / size.columns;
}

void TextProgress::end() { clear(); }

void TextProgress::clear() {
  if (lines_ > 0) fmt::print(stderr, "\x1b[{}A\r\x1b[J", lines_);
  lines_ = 0;
}

}  // namespace latentrt::cli
