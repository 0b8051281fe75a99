#pragma once
/// Which piece of some chunks of memory is whose: book-keeping alone, which touches no memory.

#include <cstddef>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace latentrt::device {

/// Takes the smallest piece that is large enough, and joins neighbours that are free.
class BestFit {
 public:
  /// A new chunk, free as a whole.
  void add_chunk(std::byte* begin, std::size_t size);
  /// A piece of `size` bytes, or nullptr if no free one is large enough.
  std::byte* take(std::size_t size);
  /// False if `piece` is none that take() returned.
  bool give_back(std::byte* piece);
  /// Forgets the chunks that are free as a whole and returns their beginnings.
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
