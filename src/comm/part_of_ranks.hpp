#pragma once
/// A group of neighbouring ranks.

#include "comm/communicator.hpp"

namespace latentrt::comm {

/// Ranks [first, first + count) of `others`, including this one; here they are counted from 0. The
/// others must outlive it.
class PartOfRanks final : public Communicator {
 public:
  PartOfRanks(Communicator& all, int first, int count)
      : Communicator(all.rank() - first, count), all_(all), first_(first) {}

  void give_up(const std::string& reason) noexcept override { all_.give_up(reason); }

 private:
  std::unique_ptr<Pending> start(const Messages& sends, const Messages& receives,
                                 Traffic kind) override {
    return all_.begin(among_all(sends), among_all(receives), kind);
  }
  Messages among_all(Messages messages) const {
    for (Message& message : messages) message.peer += first_;
    return messages;
  }

  Communicator& all_;
  const int first_;
};

}  // namespace latentrt::comm
