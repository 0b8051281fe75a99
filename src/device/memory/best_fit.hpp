#pragma once
/// Tracks which piece of some chunks of memory is in use, without touching the memory.

#include <cstddef>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace latentrt::device {

/// Takes the smallest piece that is large enough, and merges neighbouring free pieces.
class BestFit {
 public:
  /// Adds a chunk, which is free as a whole.
  void add_chunk(std::byte* begin, std::size_t size);
  /// Returns a piece of `size` bytes, or nullptr if no free one is large enough.
  std::byte* take(std::size_t size);
  /// Returns false if `piece` was not returned by take().
  bool give_back(std::byte* piece);
  /// Removes the chunks that are completely free and returns their addresses.
  std::vector<std::byte*> remove_free_chunks();

  std::size_t reserved() const { return reserved_; }
  std::size_t used() const { return used_; }

 private:
  struct Piece {
    std::size_t size;
    bool free;
    bool begins_chunk;
  };
  using Pieces = std::map<std::byte*, Piece>;

  bool joins(Pieces::iterator left, Pieces::iterator right) const;
  void join(Pieces::iterator left, Pieces::iterator right);
  void set_free(Pieces::iterator piece, bool free);

  Pieces pieces_;
  std::set<std::pair<std::size_t, std::byte*>> free_;
  std::size_t reserved_ = 0, used_ = 0;
};

}  // namespace latentrt::device
