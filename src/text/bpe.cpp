#include "text/bpe.hpp"

#include <functional>
#include <queue>
#include <tuple>
#include <utility>

namespace latentrt::text {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

/// A symbol in a doubly linked list; removed ones were merged into their left neighbour.
struct Link {
  TokenId id;
  std::size_t previous, next;
  bool dead = false;
};

/// A pair that may be merged; it is outdated if the symbols at its place would no longer merge to
/// the same result.
struct Candidate {
  std::size_t rank, position;
  TokenId result;

  bool operator>(const Candidate& other) const {
    return std::tie(rank, position) > std::tie(other.rank, other.position);
  }
};

class Word {
 public:
  Word(std::span<const TokenId> symbols, const MergeTable& merges) : merges_(merges) {
    links_.reserve(symbols.size());
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      links_.push_back(
          {symbols[i], i == 0 ? kNone : i - 1, i + 1 == symbols.size() ? kNone : i + 1});
    }
    for (std::size_t i = 0; i + 1 < links_.size(); ++i) consider(i);
  }

  std::vector<TokenId> merge() {
    while (!queue_.empty()) {
      const Candidate candidate = queue_.top();
      queue_.pop();
      if (current(candidate)) apply(candidate);
    }
    std::vector<TokenId> ids;
    for (const Link& link : links_) {
      if (!link.dead) ids.push_back(link.id);
    }
    return ids;
  }

 private:
  void consider(std::size_t left) {
    const std::size_t right = links_[left].next;
    if (right == kNone) return;
    const auto merge = merges_.find(links_[left].id, links_[right].id);
    if (merge) queue_.push({merge->rank, left, merge->result});
  }

  bool current(const Candidate& candidate) const {
    const Link& left = links_[candidate.position];
    if (left.dead || left.next == kNone) return false;
    const auto merge = merges_.find(left.id, links_[left.next].id);
    return merge && merge->result == candidate.result;
  }

  void apply(const Candidate& candidate) {
    Link& left = links_[candidate.position];
    Link& right = links_[left.next];
    left.id = candidate.result;
    left.next = right.next;
    right.dead = true;
    if (left.next != kNone) links_[left.next].previous = candidate.position;
    if (left.previous != kNone) consider(left.previous);
    consider(candidate.position);
  }

  const MergeTable& merges_;
  std::vector<Link> links_;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue_;
};

}  // namespace

std::size_t MergeTable::PairHash::operator()(
    const std::pair<TokenId, TokenId>& pair) const noexcept {
  // 2^64 / golden ratio spreads neighbouring ids
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;
  return std::hash<std::uint64_t>{}(static_cast<std::uint64_t>(pair.first) * kOdd ^
                                    static_cast<std::uint64_t>(pair.second));
}

bool MergeTable::add(TokenId left, TokenId right, Merge merge) {
  return merges_.emplace(std::pair(left, right), merge).second;
}

std::optional<Merge> MergeTable::find(TokenId left, TokenId right) const {
  const auto found = merges_.find({left, right});
  return found == merges_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<TokenId> merge_word(std::span<const TokenId> symbols, const MergeTable& merges) {
  return Word(symbols, merges).merge();
}

}  // namespace latentrt::text
