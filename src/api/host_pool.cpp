#include <latentrt/latentrt.h>

#include <latentrt/host_pool.hpp>

int32_t lrt_use_host_pool() { return latentrt::use_host_pool() ? 1 : 0; }
