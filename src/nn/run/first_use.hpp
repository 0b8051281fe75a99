#pragma once
/// Objects that libraries create on their first use.

namespace latentrt::nn {

/// Makes oneDNN create, on this thread, the kernels that it keeps in static objects: on CPUs with
/// AVX-512, those of products with few columns. If a thread created them itself, exit() could
/// destroy them during their first use (base/ends_at_exit.hpp).
void make_static_kernels();

}  // namespace latentrt::nn
