/// Part of every program: limits how long OpenMP's threads spin for each other before they sleep.
///
/// LibTorch's libgomp spins 300,000 times by default, which takes milliseconds. If another process
/// is busy on one of the cores, the thread that the others wait for is not running, and each of
/// thousands of parallel loops takes that long. 1,000 times are enough for threads that are
/// running. libgomp reads the variable in its constructor, before main(), and glibc initialises
/// `environ` after the functions of .preinit_array, so setenv() would be too late in main() and too
/// early here. The program therefore executes itself again, before the constructors of LibTorch,
/// which take longest, have run: that costs about ten milliseconds.
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1  // which is not initialised yet here
#else
#define HAS_SANITIZER 0
#endif

namespace {

constexpr const char* kOwn = "GOMP_SPINCOUNT=1000";

bool names(const char* entry, const char* variable) {
  while (*variable != '\0' && *entry == *variable) ++entry, ++variable;
  return *variable == '\0' && *entry == '=';
}

/// Must not call anything in the C library that needs its own constructor. Does nothing if the user
/// has set the variable, or if the program cannot be executed again: without /proc, or if the
/// dynamic loader was called directly.
[[maybe_unused]] void start_with_bounded_spinning(int, char** arguments, char** environment) {
  int count = 0;
  for (; environment[count] != nullptr; ++count) {
    const char* const entry = environment[count];
    if (names(entry, "GOMP_SPINCOUNT") || names(entry, "OMP_WAIT_POLICY")) return;
  }
  char program[4096];
  const long size = syscall(SYS_readlink, "/proc/self/exe", program, sizeof program - 1);
  if (size <= 0 || getauxval(AT_BASE) == 0) return;
  program[size] = '\0';
  const auto bytes = static_cast<unsigned long>(count + 2) * sizeof(char*);
  auto** const extended = static_cast<const char**>(__builtin_alloca(bytes));
  for (int i = 0; i < count; ++i) extended[i] = environment[i];
  extended[count] = kOwn;
  extended[count + 1] = nullptr;
  syscall(SYS_execve, program, arguments, extended);
}

#if !HAS_SANITIZER
[[gnu::section(".preinit_array"),
  gnu::used]] void (*const before_constructors)(int, char**, char**) = start_with_bounded_spinning;
#endif

}  // namespace
