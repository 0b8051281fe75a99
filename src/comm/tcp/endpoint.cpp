#include "comm/tcp/endpoint.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <memory>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "comm/tcp/socket_address.hpp"

namespace latentrt::comm {
namespace {

struct Free {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
  void operator()(ifaddrs* list) const { ::freeifaddrs(list); }
};

void add_once(std::vector<Endpoint>& all, const sockaddr* address, std::uint16_t port) {
  Endpoint one = endpoint_of(*reinterpret_cast<const sockaddr_in*>(address));
  one.port = port;
  if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
}

}  // namespace

std::string Endpoint::host() const {
  return fmt::format("{}.{}.{}.{}", address[0], address[1], address[2], address[3]);
}

std::string Endpoint::text() const { return fmt::format("{}:{}", host(), port); }

std::vector<Endpoint> resolved(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found); error != 0)
    fail(Code::rank_failed, "the host {}: {}", quote(host), ::gai_strerror(error));
  const std::unique_ptr<addrinfo, Free> list(found);
  std::vector<Endpoint> all;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next)
    add_once(all, one->ai_addr, port);
  return all;
}

bool is_literal(const std::string& host) {
  in_addr address{};
  return host == "localhost" || ::inet_pton(AF_INET, host.c_str(), &address) == 1;
}

std::vector<Endpoint> network_addresses(std::uint16_t port) {
  ifaddrs* found = nullptr;
  if (::getifaddrs(&found) != 0) return {};
  const std::unique_ptr<ifaddrs, Free> list(found);
  std::vector<Endpoint> all;
  for (const ifaddrs* one = found; one != nullptr; one = one->ifa_next) {
    const bool usable = one->ifa_addr != nullptr && one->ifa_addr->sa_family == AF_INET &&
                        (one->ifa_flags & IFF_UP) != 0 && (one->ifa_flags & IFF_LOOPBACK) == 0;
    if (usable) add_once(all, one->ifa_addr, port);
  }
  return all;
}

}  // namespace latentrt::comm
