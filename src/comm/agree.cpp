#include "comm/agree.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

#include <algorithm>
#include <cstring>

#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt::comm {
namespace {

constexpr std::int64_t kMaxText = 1 << 20;
constexpr std::size_t kContext = 20;  // characters shown before a difference

std::vector<at::Tensor> gather(Communicator& ranks, const at::Tensor& own,
                               const std::vector<std::int64_t>& lengths) {
  std::vector<at::Tensor> all;
  Messages sends, receives;
  for (int rank = 0; rank < ranks.size(); ++rank) {
    if (rank == ranks.rank()) {
      all.push_back(own);
      continue;
    }
    all.push_back(at::empty({lengths[static_cast<std::size_t>(rank)]}, own.options()));
    sends.push_back({rank, own});
    receives.push_back({rank, all.back()});
  }
  ranks.exchange(sends, receives, Traffic::gather);
  return all;
}

/// The text from shortly before the first difference from the other text.
std::string from_difference(const std::string& text, const std::string& other) {
  const auto place = std::mismatch(text.begin(), text.end(), other.begin(), other.end()).first;
  const auto at = static_cast<std::size_t>(place - text.begin());
  return at <= kContext ? quote(text) : "..." + quote(text.substr(at - kContext));
}

/// "rank 2 is of version "1.1", rank 0 of "1.0"".
void check_same(Communicator& ranks, const std::string& own, const char* other, const char* first) {
  const std::vector<std::string> all = gather_texts(ranks, own);
  for (std::size_t rank = 1; rank < all.size(); ++rank) {
    if (all[rank] == all[0]) continue;
    fail(Code::rank_failed, "rank {} {} {}, rank 0 {} {}", rank, other,
         from_difference(all[rank], all[0]), first, from_difference(all[0], all[rank]));
  }
}

}  // namespace

std::vector<std::string> gather_texts(Communicator& ranks, const std::string& own) {
  const std::vector<std::int64_t> ones(static_cast<std::size_t>(ranks.size()), 1);
  const auto length = static_cast<std::int64_t>(own.size());
  std::vector<std::int64_t> lengths;
  for (const at::Tensor& received : gather(ranks, at::full({1}, length, at::kLong), ones)) {
    lengths.push_back(received.item<std::int64_t>());
    if (lengths.back() < 0 || lengths.back() > kMaxText)
      fail(Code::rank_failed, "a rank announces a text of {} bytes", lengths.back());
  }
  const at::Tensor bytes = at::empty({length}, at::kByte);
  std::memcpy(bytes.data_ptr(), own.data(), own.size());
  std::vector<std::string> texts;
  for (const at::Tensor& text : gather(ranks, bytes, lengths))
    texts.emplace_back(static_cast<const char*>(text.data_ptr()),
                       static_cast<std::size_t>(text.numel()));
  return texts;
}

void agree_on(Communicator& ranks, const std::string& version, const std::string& work) {
  check_same(ranks, version, "is of version", "of");
  check_same(ranks, work, "is about to do something else:", "does");
}

}  // namespace latentrt::comm
