#pragma once
/// What the shared library shows to its users; every other symbol in it is hidden.

#if defined(__GNUC__)
#define LATENTRT_API __attribute__((visibility("default")))
#define LATENTRT_LOCAL __attribute__((visibility("hidden")))  // inside a class that is shown
#else
#define LATENTRT_API
#define LATENTRT_LOCAL
#endif
