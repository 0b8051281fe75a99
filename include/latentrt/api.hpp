#pragma once
/// Symbol visibility: every symbol that is not marked LATENTRT_API is hidden in the shared library.

#if defined(__GNUC__)
#define LATENTRT_API __attribute__((visibility("default")))
#define LATENTRT_LOCAL __attribute__((visibility("hidden")))  // for members of an exported class
#else
#define LATENTRT_API
#define LATENTRT_LOCAL
#endif
