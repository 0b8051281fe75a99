#include "comm/rendezvous/listeners.hpp"

#include <algorithm>

#include "base/fail.hpp"

namespace latentrt::comm {
namespace {

void refuse_all_interfaces(const std::vector<Endpoint>& places) {
  for (const Endpoint& place : places) {
    if (!place.is_unspecified()) continue;
    fail(Code::invalid_argument,
         "MASTER_ADDR={} is every interface of a machine: name the machine of rank 0",
         place.host());
  }
}

bool all_are_loopback(const std::vector<Endpoint>& places) {
  return std::all_of(places.begin(), places.end(),
                     [](const Endpoint& place) { return place.is_loopback(); });
}

std::vector<Endpoint> places_of(const Launch& launch) {
  std::vector<Endpoint> places = resolved(launch.host, launch.port);
  refuse_all_interfaces(places);
  const bool on_one_machine = launch.local_size == launch.size;
  if (on_one_machine || is_literal(launch.host) || !all_are_loopback(places)) return places;
  const std::vector<Endpoint> more = network_addresses(launch.port);
  places.insert(places.end(), more.begin(), more.end());
  return places;
}

}  // namespace

std::vector<Socket> open_listeners(const Launch& launch) {
  const std::vector<Endpoint> places = places_of(launch);
  std::vector<Socket> listeners;
  for (const Endpoint& place : places) {
    if (is_own_address(place)) listeners.push_back(listen_at(place));
  }
  // A name of a network that forwards to this machine.
  if (listeners.empty()) listeners.push_back(listen_at(own_end_towards(places.front())));
  return listeners;
}

}  // namespace latentrt::comm
