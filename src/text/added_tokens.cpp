#include "text/added_tokens.hpp"

#include <algorithm>

#include "text/unicode.hpp"

namespace latentrt::text {
namespace {

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

bool is_blank(std::string_view character) { return is_white_space(code_points(character).front()); }

/// Bytes of white space at the end of the text.
std::size_t blank_suffix(std::string_view text) {
  std::size_t begin = text.size();
  for (std::size_t i = text.size(); i-- > 0;) {
    if (is_continuation(text[i])) continue;
    if (!is_blank(text.substr(i, begin - i))) break;
    begin = i;
  }
  return text.size() - begin;
}

/// Bytes of white space at the beginning of the text.
std::size_t blank_prefix(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size()) {
    const auto next = std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(end) + 1,
                                       text.end(), is_continuation);
    const auto stop = static_cast<std::size_t>(next - text.begin());
    if (!is_blank(text.substr(end, stop - end))) break;
    end = stop;
  }
  return end;
}

}  // namespace

void AddedTokenSplitter::add(const AddedToken& token, TokenId id) {
  std::size_t node = 0;
  for (const char byte : token.content) {
    const auto [edge, fresh] = nodes_[node].next.try_emplace(byte, nodes_.size());
    node = edge->second;
    if (fresh) nodes_.emplace_back();
  }
  nodes_[node].entry = Entry{id, token.strip_left, token.strip_right};
}

std::optional<AddedTokenSplitter::Found> AddedTokenSplitter::find_at(std::string_view text) const {
  std::optional<Found> longest;
  std::size_t node = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto edge = nodes_[node].next.find(text[i]);
    if (edge == nodes_[node].next.end()) break;
    node = edge->second;
    if (nodes_[node].entry) longest = Found{i + 1, &*nodes_[node].entry};
  }
  return longest;
}

std::vector<TextPart> AddedTokenSplitter::split(std::string_view text) const {
  std::vector<TextPart> parts;
  const auto keep = [&](std::string_view piece) {
    if (!piece.empty()) parts.push_back({piece, std::nullopt});
  };
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto found = find_at(text.substr(at));
    if (!found) {
      ++at;
      continue;
    }
    const std::string_view before = text.substr(begin, at - begin);
    keep(before.substr(0, before.size() - (found->entry->strip_left ? blank_suffix(before) : 0)));
    parts.push_back({text.substr(at, found->length), found->entry->id});
    at += found->length;
    if (found->entry->strip_right) at += blank_prefix(text.substr(at));
    begin = at;
  }
  keep(text.substr(begin));
  return parts;
}

}  // namespace latentrt::text
