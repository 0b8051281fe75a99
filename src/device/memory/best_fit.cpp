#include "device/memory/best_fit.hpp"

#include <iterator>

namespace latentrt::device {

void BestFit::add_chunk(std::byte* begin, std::size_t size) {
  const auto [piece, _] = pieces_.insert({begin, {size, false, true}});
  set_free(piece, true);
  reserved_ += size;
}

std::byte* BestFit::take(std::size_t size) {
  const auto found = free_.lower_bound({size, nullptr});
  if (found == free_.end()) return nullptr;
  const auto piece = pieces_.find(found->second);
  set_free(piece, false);
  if (piece->second.size > size) {
    const auto [rest, _] =
        pieces_.insert({piece->first + size, {piece->second.size - size, false, false}});
    piece->second.size = size;
    set_free(rest, true);
  }
  used_ += size;
  return piece->first;
}

bool BestFit::give_back(std::byte* begin) {
  const auto piece = pieces_.find(begin);
  if (piece == pieces_.end() || piece->second.free) return false;
  used_ -= piece->second.size;
  set_free(piece, true);
  if (const auto next = std::next(piece); joins(piece, next)) join(piece, next);
  if (piece != pieces_.begin()) {
    if (const auto previous = std::prev(piece); joins(previous, piece)) join(previous, piece);
  }
  return true;
}

bool BestFit::joins(Pieces::iterator left, Pieces::iterator right) const {
  return right != pieces_.end() && left->second.free && right->second.free &&
         !right->second.begins_chunk;
}

void BestFit::join(Pieces::iterator left, Pieces::iterator right) {
  set_free(left, false);
  set_free(right, false);
  left->second.size += right->second.size;
  pieces_.erase(right);
  set_free(left, true);
}

void BestFit::set_free(Pieces::iterator piece, bool free) {
  const std::pair entry(piece->second.size, piece->first);
  piece->second.free = free;
  free ? static_cast<void>(free_.insert(entry)) : static_cast<void>(free_.erase(entry));
}

std::vector<std::byte*> BestFit::remove_free_chunks() {
  std::vector<std::byte*> chunks;
  for (auto piece = pieces_.begin(); piece != pieces_.end();) {
    const auto next = std::next(piece);
    const bool whole = piece->second.begins_chunk && piece->second.free &&
                       (next == pieces_.end() || next->second.begins_chunk);
    if (whole) {
      chunks.push_back(piece->first);
      reserved_ -= piece->second.size;
      set_free(piece, false);
      pieces_.erase(piece);
    }
    piece = next;
  }
  return chunks;
}

}  // namespace latentrt::device
