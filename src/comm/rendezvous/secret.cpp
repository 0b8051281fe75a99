#include "comm/rendezvous/secret.hpp"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "base/fail.hpp"
#include "comm/rendezvous/secret_file.hpp"

namespace latentrt::comm {
namespace {

static_assert(std::tuple_size_v<Mac> == crypto_auth_BYTES);

void start_library() {
  if (::sodium_init() < 0) fail(Code::internal, "libsodium cannot be initialised");
}

const unsigned char* data_of(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

Secret::Secret(std::string_view text, std::string source) : source_(std::move(source)) {
  static_assert(sizeof key_ == crypto_auth_KEYBYTES);
  start_library();
  const std::string_view secret = trimmed(text);
  if (secret.size() < kMinText) {
    fail(Code::invalid_argument,
         "{} has {} characters: a secret of ranks has at least {} (64 hexadecimal digits, say)",
         source_, secret.size(), kMinText);
  }
  ::crypto_generichash(key_.data(), key_.size(),
                       reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
                       nullptr, 0);
}

Secret::~Secret() { ::sodium_memzero(key_.data(), key_.size()); }

Mac Secret::mac_of(std::span<const std::byte> message) const {
  Mac mac{};
  ::crypto_auth(mac.data(), data_of(message), message.size(), key_.data());
  return mac;
}

bool Secret::made(const Mac& mac, std::span<const std::byte> message) const {
  return ::crypto_auth_verify(mac.data(), data_of(message), message.size(), key_.data()) == 0;
}

void fill_with_random_bytes(std::span<std::byte> bytes) {
  start_library();
  ::randombytes_buf(bytes.data(), bytes.size());
}

Secret find_secret(const Variables& variables) {
  constexpr const char *kText = "LATENTRT_RANK_SECRET", *kFile = "LATENTRT_RANK_SECRET_FILE";
  if (const auto text = variables(kText)) return {*text, kText};
  if (const auto file = variables(kFile))
    return {read_secret_file(*file), fmt::format("the file {} ({})", *file, kFile)};
  const std::filesystem::path own = own_secret_file(variables);
  return {read_or_make_secret_file(own), fmt::format("the file {}", own.string())};
}

}  // namespace latentrt::comm
