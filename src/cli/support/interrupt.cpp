#include "cli/support/interrupt.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <initializer_list>
#include <latentrt/error.hpp>

namespace latentrt::cli {
namespace {

// A signal handler can only access globals.
CancelFlag g_interrupt;
std::atomic<bool> g_in_scope{false};

void on_signal(int) {
  if (!g_in_scope || g_interrupt.cancelled()) ::_exit(kInterrupted);
  g_interrupt.cancel();
}

}  // namespace

void handle_interrupts() {
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction old {};
    struct sigaction action {};
    action.sa_handler = on_signal;  // without SA_RESTART, so that a read from a pipe returns
    ::sigemptyset(&action.sa_mask);
    if (::sigaction(signal, nullptr, &old) == 0 && old.sa_handler != SIG_IGN)
      ::sigaction(signal, &action, nullptr);
  }
}

InterruptScope::InterruptScope() noexcept : scope_(g_interrupt) { g_in_scope = true; }
InterruptScope::~InterruptScope() { g_in_scope = false; }

bool interrupted() noexcept { return g_interrupt.cancelled(); }

void check_interrupted() {
  if (interrupted()) throw Error(Code::cancelled, "interrupted");
}

}  // namespace latentrt::cli
