#include "base/keep_loaded.hpp"

#include <dlfcn.h>
#include <link.h>

namespace latentrt {

bool keep_loaded() {
  Dl_info info{};
  void* map = nullptr;
  static const char here = 0;
  if (dladdr1(&here, &info, &map, RTLD_DL_LINKMAP) == 0) return false;
  const char* const name = static_cast<const link_map*>(map)->l_name;
  if (*name == '\0') return true;  // part of the program itself, which is never unloaded
  return dlopen(name, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE) != nullptr;
}

}  // namespace latentrt
