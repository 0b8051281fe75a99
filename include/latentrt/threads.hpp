#pragma once
/// How many threads leave an application room for its own work.

#include <latentrt/api.hpp>

namespace latentrt {

/// For ContextOptions::threads where the process has other work to do, as with a StreamSession: one fewer than the cores that
/// the process may use, but at least one, and no more than LibTorch has now.
///
/// OpenMP's threads wait for each other by spinning, so where other threads are busy on their cores all of them become slow.
/// Such a process also sets the environment variable GOMP_SPINCOUNT=1000 before LibTorch's libgomp is loaded, which reads it
/// once: before the program starts where it links this library, before dlopen() where it loads it. Later there is no way.
LATENTRT_API int threads_beside_host();

}  // namespace latentrt
