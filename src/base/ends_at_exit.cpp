#include "base/ends_at_exit.hpp"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <utility>

// From the C++ ABI: register a call at exit under a key; make and forget all calls of a key.
extern "C" {
int __cxa_atexit(void (*call)(void*), void* argument, void* key) noexcept;
void __cxa_finalize(void* key);
}

namespace latentrt {
namespace {

constinit std::mutex list_mutex, renewal_mutex;
EndsAtExit* first = nullptr;
std::atomic<int> existing = 0;  ///< not the list, whose mutex is locked while threads end
/// The process whose threads are in the list. In a child of fork() the mutex may stay locked for
/// ever.
std::atomic<pid_t> owner = 0;
bool unloading = false;
thread_local bool renewing = false;
bool ended = false;  // set by the first of the calls at exit; guarded by list_mutex
/// Keys of a call at exit of this library. A renewal registers the call under one key before it
/// removes that under the other, so that an exit at any moment finds one.
char keys[2];
int current_key = 0;  // guarded by renewal_mutex

void lock_renewal() { renewal_mutex.lock(); }
void unlock_renewal() { renewal_mutex.unlock(); }

/// Prevents that a child of fork() finds the system's list of calls locked by a thread that it does
/// not have.
void keep_forks_out_of_renewals() {
  [[maybe_unused]] static const int done =
      pthread_atfork(lock_renewal, unlock_renewal, unlock_renewal);
}

/// The code of the calls at exit is unloaded with the library.
__attribute__((destructor)) void at_unloading() {
  {
    const std::lock_guard lock(renewal_mutex);
    unloading = true;
  }
  for (char& key : keys) __cxa_finalize(&key);
}

}  // namespace

EndsAtExit::EndsAtExit(std::function<void()> end) : end_(std::move(end)), process_(getpid()) {
  keep_forks_out_of_renewals();
  ++existing;
  renew();
  const std::lock_guard lock(list_mutex);
  owner = process_;
  next_ = std::exchange(first, this);
}

EndsAtExit::~EndsAtExit() {
  const std::lock_guard lock(list_mutex);
  EndsAtExit** link = &first;
  while (*link != this) link = &(*link)->next_;
  *link = next_;
  --existing;
}

void EndsAtExit::renew() noexcept {
  if (existing == 0) return;
  const std::lock_guard lock(renewal_mutex);
  if (unloading) return;
  char* const old = &keys[current_key];
  current_key = 1 - current_key;
  __cxa_atexit(&EndsAtExit::at_exit, nullptr, &keys[current_key]);
  renewing = true;
  __cxa_finalize(old);
  renewing = false;
}

void EndsAtExit::at_exit(void*) noexcept {
  if (!renewing && owner == getpid()) end_all();
}

void EndsAtExit::end_all() noexcept {
  const std::lock_guard lock(list_mutex);
  if (std::exchange(ended, true)) return;
  for (const EndsAtExit* thread = first; thread != nullptr; thread = thread->next_)
    if (thread->process_ == getpid()) thread->end_();
}

}  // namespace latentrt
