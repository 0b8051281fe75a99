#pragma once
/// The state of a Ranks handle.

#include <latentrt/ranks.hpp>
#include <memory>

#include "comm/communicator.hpp"
#include "comm/launch.hpp"

namespace latentrt {

struct Ranks::State {
  comm::Launch launch;
  std::string device = "cpu";
  std::unique_ptr<comm::Communicator> communicator;  ///< null: a single rank
};

}  // namespace latentrt
