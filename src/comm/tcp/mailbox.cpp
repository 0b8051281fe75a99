#include "comm/tcp/mailbox.hpp"

#include <utility>

#include "base/fail.hpp"

namespace latentrt::comm {
namespace {

void check_size(std::uint64_t sent, std::uint64_t expected) {
  if (sent == expected) return;
  fail(Code::rank_failed, "sent {} bytes, {} were expected: it does something else", sent,
       expected);
}

}  // namespace

std::uint64_t Mailbox::expect(std::uint64_t bytes) {
  const std::uint64_t number = expected_++;
  if (const auto early = early_sizes_.extract(number)) {
    early_ -= cost(early.mapped());
    check_size(early.mapped(), bytes);
  } else {
    sizes_.emplace(number, bytes);
  }
  return number;
}

Mailbox::Admission Mailbox::admit(std::uint64_t bytes) {
  if (const auto expected = sizes_.extract(begun_)) {
    check_size(bytes, expected.mapped());
    ++begun_;
    return Admission::expected;
  }
  if (bytes > kMaxEarly || early_ + cost(bytes) > kMaxEarly) return Admission::wait;
  early_ += cost(bytes);
  early_sizes_.emplace(begun_++, bytes);
  return Admission::early;
}

void Mailbox::put(ByteBuffer message) { arrived_.emplace(come_++, std::move(message)); }

ByteBuffer Mailbox::take(std::uint64_t number) {
  return std::move(arrived_.extract(number).mapped());
}

}  // namespace latentrt::comm
