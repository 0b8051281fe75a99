#include "base/ends_at_exit.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace latentrt {
namespace {

/// Runs in a child process, and returns its exit code.
template <class Work>
int exit_code_of(Work&& work) {
  const pid_t child = fork();
  if (child == 0) {
    work();
    std::exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// A thread that uses a function's static object, which is constructed on first use.
struct Worker {
  struct Used {
    ~Used() { alive = false; }
    std::atomic<bool> alive = true;
  };

  static Used& used() {
    static Used object;
    return object;
  }

  void start() {
    thread = std::thread([this] {
      while (!stopping) {
        if (!used().alive) _exit(3);
        EndsAtExit::renew();
        working = true;
      }
    });
    while (!working) std::this_thread::yield();
  }

  void end() {
    stopping = true;
    if (thread.joinable()) thread.join();
  }

  std::atomic<bool> stopping = false, working = false;
  std::thread thread;
  EndsAtExit at_exit{[this] { end(); }};
};

TEST(EndsAtExit, AForgottenThreadEndsBeforeWhatItUses) {
  EXPECT_EQ(exit_code_of([] { (new Worker)->start(); }), 0);
}

TEST(EndsAtExit, WhatIsGoneIsNotCalled) {
  EXPECT_EQ(exit_code_of([] {
              const EndsAtExit kept([] {});
              {
                const EndsAtExit gone([] { _exit(4); });
              }
              const EndsAtExit last([] {});
              EndsAtExit::renew();
            }),
            0);
}

TEST(EndsAtExit, EachIsCalledOnceHoweverOftenItIsRenewed) {
  EXPECT_EQ(exit_code_of([] {
              static int calls = 0;
              new EndsAtExit([] {
                if (++calls != 1) _exit(5);
              });
              for (int i = 0; i < 1000; ++i) EndsAtExit::renew();
            }),
            0);
}

TEST(EndsAtExit, AForkHasNoThreadsToWaitFor) {
  EXPECT_EQ(exit_code_of([] {
              auto* const worker = new Worker;
              worker->start();
              if (exit_code_of([] {}) != 0) _exit(6);
            }),
            0);
}

}  // namespace
}  // namespace latentrt
