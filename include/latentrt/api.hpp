#pragma once
/// What the shared library shows to its users; every other symbol in it is hidden.

#if defined(__GNUC__)
#define LATENTRT_API __attribute__((visibility("default")))
#else
#define LATENTRT_API
#endif
