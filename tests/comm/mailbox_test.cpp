/// Which messages of another rank are accepted, and how many bytes of them are kept.
#include "comm/tcp/mailbox.hpp"

#include <gtest/gtest.h>

#include "support/expect_error.hpp"

namespace latentrt::comm {
namespace {

using Admission = Mailbox::Admission;

ByteBuffer message_of(std::size_t bytes) {
  ByteBuffer buffer;
  buffer.reserve(bytes);
  buffer.took(bytes);
  return buffer;
}

TEST(Mailbox, GivesMessagesByTheirNumbers) {
  Mailbox mailbox;
  EXPECT_EQ(mailbox.expect(3), 0U);
  EXPECT_EQ(mailbox.expect(4), 1U);
  EXPECT_EQ(mailbox.admit(3), Admission::expected);
  EXPECT_FALSE(mailbox.has(0));
  mailbox.put(message_of(3));
  EXPECT_EQ(mailbox.admit(4), Admission::expected);
  mailbox.put(message_of(4));
  EXPECT_EQ(mailbox.take(1).bytes().size(), 4U);
  EXPECT_EQ(mailbox.take(0).bytes().size(), 3U);
  EXPECT_FALSE(mailbox.has(0));
}

TEST(Mailbox, RefusesOtherSizes) {
  Mailbox mailbox;
  (void)mailbox.expect(3);
  EXPECT_ERROR(Code::rank_failed, "sent 4 bytes, 3 were expected", mailbox.admit(4));
  Mailbox early;
  EXPECT_EQ(early.admit(4), Admission::early);
  EXPECT_ERROR(Code::rank_failed, "sent 4 bytes, 3 were expected", early.expect(3));
}

TEST(Mailbox, LetsEarlyMessagesWaitBeyondItsLimit) {
  Mailbox mailbox;
  constexpr std::uint64_t kHalf = Mailbox::kMaxEarly / 2 - Mailbox::kEntry;
  EXPECT_EQ(mailbox.admit(~std::uint64_t{0}), Admission::wait);
  EXPECT_EQ(mailbox.admit(kHalf), Admission::early);
  EXPECT_EQ(mailbox.admit(kHalf), Admission::early);
  EXPECT_EQ(mailbox.admit(0), Admission::wait) << "messages of no bytes cost memory too";
  (void)mailbox.expect(kHalf);
  EXPECT_EQ(mailbox.admit(0), Admission::early);
  (void)mailbox.expect(kHalf);
  (void)mailbox.expect(0);
  EXPECT_EQ(mailbox.early_bytes(), 0U);
  (void)mailbox.expect(Mailbox::kMaxEarly * 8);
  EXPECT_EQ(mailbox.admit(Mailbox::kMaxEarly * 8), Admission::expected);
}

TEST(ByteBuffer, GrowsWithWhatCame) {
  constexpr std::size_t kTotal = std::size_t{1} << 40U;
  ByteBuffer buffer;
  for (std::size_t came = 0; came < 10'000'000; came = buffer.bytes().size()) {
    buffer.took(std::min<std::size_t>(buffer.room(kTotal).size(), 100'000));
    EXPECT_LE(buffer.capacity(), std::max<std::size_t>(2 * buffer.bytes().size(), 64 << 10));
  }
}

}  // namespace
}  // namespace latentrt::comm
