#pragma once
/// Endpoints in the form of the system's calls.

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

#include "comm/tcp/endpoint.hpp"

namespace latentrt::comm {

inline Endpoint endpoint_of(const sockaddr_in& address) {
  Endpoint endpoint{.port = ntohs(address.sin_port)};
  std::memcpy(endpoint.address.data(), &address.sin_addr.s_addr, endpoint.address.size());
  return endpoint;
}

inline sockaddr_in socket_address(const Endpoint& endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  std::memcpy(&address.sin_addr.s_addr, endpoint.address.data(), endpoint.address.size());
  return address;
}

}  // namespace latentrt::comm
