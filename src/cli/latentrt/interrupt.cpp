#include "cli/latentrt/interrupt.hpp"

#include <atomic>
#include <csignal>

namespace latentrt::cli {
namespace {

std::atomic<Session*> g_session{nullptr};  // what a signal handler can reach is global by nature

void on_signal(int) {
  if (Session* session = g_session.load()) session->cancel();
}

}  // namespace

InterruptGuard::InterruptGuard(Session& session) {
  g_session = &session;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

InterruptGuard::~InterruptGuard() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  g_session = nullptr;
}

}  // namespace latentrt::cli
