#include <ATen/ops/empty_like.h>
#include <mpi.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <cstdlib>
#include <list>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/cancel.hpp"
#include "base/fail.hpp"
#include "base/keep_loaded.hpp"
#include "comm/mpi.hpp"

namespace latentrt::comm {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr int kMessageTag = 1, kFailureTag = 2, kGoodbyeTag = 3;
constexpr int kLongestReason = 4000;  // bytes that MPI sends without waiting for the receiver
constexpr auto kLastWords = 200ms;    // time for sending failures before the process ends

void check(int error, const char* what) {
  if (error == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(error, text, &length);
  fail(Code::rank_failed, "{}: {}", what, std::string(text, static_cast<std::size_t>(length)));
}

int byte_count(const at::Tensor& tensor) {
  if (tensor.nbytes() > static_cast<std::size_t>(INT_MAX)) {
    fail(Code::unsupported, "a message of {} bytes: MPI takes {} at most", tensor.nbytes(),
         INT_MAX);
  }
  return static_cast<int>(tensor.nbytes());
}

// MPI can be initialised once per process; after ranks have failed, finalising it would wait for
// them for ever.
std::atomic<bool> ranks_failed = false;
void end_mpi() {
  if (!ranks_failed) MPI_Finalize();
}

void begin_mpi() {
  int begun = 0, ended = 0;
  MPI_Initialized(&begun);
  MPI_Finalized(&ended);
  if (ended != 0)
    fail(Code::invalid_argument,
         "MPI was finalised in this process and cannot be initialised again");
  if (begun != 0) return;
  int given = 0;
  check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &given),
        "MPI cannot be initialised");
  keep_loaded();  // MPI cannot be initialised again: it must outlive an unloading of the library
  std::atexit(end_mpi);
}

/// A send or a receive in progress, with the memory that it uses.
struct Transfer {
  int peer;
  at::Tensor bytes;
  MPI_Request request = MPI_REQUEST_NULL;
};

class Mpi final : public Communicator {
 public:
  Mpi(int rank, int size, std::chrono::milliseconds deadline)
      : Communicator(rank, size), deadline_(deadline) {
    MPI_Comm_dup(MPI_COMM_WORLD, &world_);
    MPI_Comm_set_errhandler(world_, MPI_ERRORS_RETURN);
  }

  ~Mpi() override {
    try {
      if (!failure_) part();
    } catch (const Error& error) {
      failure_ = error.what();
    }
    if (failure_) {
      ranks_failed = true;
    } else {
      MPI_Comm_free(&world_);
    }
  }

  void give_up(const std::string& reason) noexcept override {
    if (failure_) return;
    failure_ = fmt::format("rank {} failed: {}", rank(), reason).substr(0, kLongestReason);
    for (int peer = 0; peer < size(); ++peer) {
      if (peer == rank()) continue;
      MPI_Request request = MPI_REQUEST_NULL;
      MPI_Isend(failure_->data(), static_cast<int>(failure_->size()), MPI_CHAR, peer, kFailureTag,
                world_, &request);
    }
    const auto end = Clock::now() + kLastWords;
    for (int some = 0; Clock::now() < end; std::this_thread::sleep_for(1ms))
      MPI_Iprobe(MPI_ANY_SOURCE, kFailureTag, world_, &some, MPI_STATUS_IGNORE);
  }

  /// Waits until the transfer is complete; throws when another rank fails, the caller cancels, or
  /// the deadline passes.
  void finish(Transfer& transfer) {
    const CancelCheck check_cancelled;
    const auto end = Clock::now() + deadline_;
    MPI_Status status{};
    for (int done = 0; done == 0; std::this_thread::yield()) {
      check(MPI_Test(&transfer.request, &done, &status), "a message");
      if (done != 0) break;
      check_cancelled();
      look_for_failures(transfer.peer, end);
    }
    int count = 0;
    MPI_Get_count(&status, MPI_BYTE, &count);
    if (count != byte_count(transfer.bytes)) {
      fail(Code::rank_failed,
           "rank {}: rank {} sent {} bytes, {} were expected: it does something else", rank(),
           transfer.peer, count, transfer.bytes.nbytes());
    }
  }

 private:
  std::unique_ptr<Pending> start(const Messages& sends, const Messages& receives,
                                 Traffic kind) override;

  void look_for_failures(int waiting_for, Clock::time_point end) {
    int some = 0;
    MPI_Status status{};
    MPI_Iprobe(MPI_ANY_SOURCE, kFailureTag, world_, &some, &status);
    if (some != 0) receive_failure(status);
    if (Clock::now() < end) return;
    fail(Code::rank_failed, "rank {}: rank {} has sent nothing for {} ms", rank(), waiting_for,
         deadline_.count());
  }

  [[noreturn]] void receive_failure(const MPI_Status& status) {
    int length = 0;
    MPI_Get_count(&status, MPI_CHAR, &length);
    std::string reason(static_cast<std::size_t>(std::max(length, 0)), ' ');
    MPI_Recv(reason.data(), length, MPI_CHAR, status.MPI_SOURCE, kFailureTag, world_,
             MPI_STATUS_IGNORE);
    failure_ = reason;  // the rank that reported it has informed the others
    fail(Code::rank_failed, "rank {}: {}", rank(), reason);
  }

  /// Frees the memory of messages that the other ranks have received.
  void drop_sent() {
    sent_.remove_if([](Transfer& transfer) {
      int done = 0;
      MPI_Test(&transfer.request, &done, MPI_STATUS_IGNORE);
      return done != 0;
    });
  }

  /// Waits until the last messages have been received.
  void part() {
    const auto end = Clock::now() + deadline_;
    for (Transfer& transfer : sent_) {
      for (int done = 0; done == 0; std::this_thread::sleep_for(1ms)) {
        check(MPI_Test(&transfer.request, &done, MPI_STATUS_IGNORE), "the end");
        if (done == 0) look_for_failures(transfer.peer, end);
      }
    }
  }

  const std::chrono::milliseconds deadline_;
  MPI_Comm world_ = MPI_COMM_NULL;
  std::list<Transfer> sent_;
  std::optional<std::string> failure_;
};

class Expected final : public Pending {
 public:
  explicit Expected(Mpi& ranks) : ranks_(ranks) {}
  /// MPI may still write receives that were not waited for.
  ~Expected() override {
    static std::list<Transfer> abandoned;
    abandoned.splice(abandoned.end(), transfers_);
  }

  Transfer& add(const Message& message) {
    const at::Tensor bytes =
        message.tensor.is_cpu() ? message.tensor : at::empty_like(message.tensor, at::kCPU);
    targets_.push_back(message.tensor);
    return transfers_.emplace_back(Transfer{message.peer, bytes});
  }

  void wait() override {
    auto target = targets_.begin();
    for (Transfer& transfer : transfers_) {
      ranks_.finish(transfer);
      if (!target->is_cpu()) write_received(*target, transfer.bytes);
      ++target;
    }
    transfers_.clear();
    targets_.clear();
  }

 private:
  Mpi& ranks_;
  std::list<Transfer> transfers_;
  std::vector<at::Tensor> targets_;
};

std::unique_ptr<Pending> Mpi::start(const Messages& sends, const Messages& receives, Traffic) {
  if (failure_) fail(Code::rank_failed, "rank {}: {}", rank(), *failure_);
  drop_sent();
  auto expected = std::make_unique<Expected>(*this);
  for (const Message& message : receives) {
    Transfer& transfer = expected->add(message);
    check(MPI_Irecv(transfer.bytes.data_ptr(), byte_count(transfer.bytes), MPI_BYTE, message.peer,
                    kMessageTag, world_, &transfer.request),
          "a message");
  }
  for (const Message& message : sends) {
    const at::Tensor own = message.tensor.is_cpu() ? message.tensor.clone() : message.tensor.cpu();
    Transfer& transfer = sent_.emplace_back(Transfer{message.peer, own});
    check(MPI_Isend(own.data_ptr(), byte_count(own), MPI_BYTE, message.peer, kMessageTag, world_,
                    &transfer.request),
          "a message");
  }
  return expected;
}

}  // namespace

bool has_mpi() noexcept { return true; }

std::unique_ptr<Communicator> connect_mpi(const Launch& launch,
                                          std::chrono::milliseconds deadline) {
  begin_mpi();
  int rank = 0, size = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (rank != launch.rank || size != launch.size) {
    fail(Code::invalid_argument,
         "MPI says that this is rank {} of {}, the variables rank {} of {}: was this program "
         "started by the launcher of the MPI that it was built with?",
         rank, size, launch.rank, launch.size);
  }
  return std::make_unique<Mpi>(rank, size, deadline);
}

}  // namespace latentrt::comm
