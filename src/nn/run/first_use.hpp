#pragma once
/// What the libraries below make at their first use.

namespace latentrt::nn {

/// Has oneDNN make, on this thread, the kernels that it keeps in static objects: on CPUs with
/// AVX-512, those of products with few columns. For a thread that makes them itself, exit() could
/// destroy them during their first use (base/ends_at_exit.hpp).
void make_static_kernels();

}  // namespace latentrt::nn
