#pragma once
/// Checks that all ranks are about to do the same work.

#include <string>
#include <vector>

#include "comm/communicator.hpp"

namespace latentrt::comm {

/// Every rank's text, in the order of the ranks. All ranks must make this call at the same place.
std::vector<std::string> gather_texts(Communicator& ranks, const std::string& own);

/// Throws Error(rank_failed), on every rank alike, that names the first rank whose library version
/// or `work` (the description of what it is about to do) differs from rank 0's.
void agree_on(Communicator& ranks, const std::string& version, const std::string& work);

}  // namespace latentrt::comm
