#pragma once
/// A thread count that leaves room for the application's own work.

#include <latentrt/api.hpp>

namespace latentrt {

/// For ContextOptions::threads in a process with other work, as with a StreamSession: one fewer
/// than the cores that the process may use, but at least one, and not more than LibTorch has now.
///
/// OpenMP's threads wait for each other by spinning, so if other threads are busy on their cores,
/// all of them become slow. Such a process should also set the environment variable
/// GOMP_SPINCOUNT=1000 before LibTorch's libgomp is loaded, which reads it only once: before the
/// program starts if it links this library, before dlopen() if it loads it.
LATENTRT_API int threads_beside_host();

}  // namespace latentrt
