#pragma once
/// All ranks are about to do the same.

#include <string>
#include <vector>

#include "comm/communicator.hpp"

namespace latentrt::comm {

/// Every rank's text, in their order. All ranks call it at the same place.
std::vector<std::string> gather_texts(Communicator& ranks, const std::string& own);

/// Throws Error(rank_failed), on every rank alike, that names the first rank whose version of this library or whose
/// `work` (what it is about to do) is not rank 0's.
void agree_on(Communicator& ranks, const std::string& version, const std::string& work);

}  // namespace latentrt::comm
