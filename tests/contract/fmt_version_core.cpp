#include <fmt/core.h>

int fmt_version_of_core();
int fmt_version_of_core() { return FMT_VERSION; }
