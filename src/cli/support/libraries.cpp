#include "cli/support/libraries.hpp"

#include <latentrt/context.hpp>

namespace latentrt::cli {

nlohmann::ordered_json library_versions() {
  nlohmann::ordered_json versions = nlohmann::ordered_json::object();
  for (const LibraryVersion& library : Context::libraries())
    versions[library.name] = library.version;
  return versions;
}

}  // namespace latentrt::cli
