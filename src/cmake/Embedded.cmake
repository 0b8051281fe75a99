# Files that are built into the library, so that it needs no other files.
#
# latentrt_embed_text(OUT FILES pattern HEADER header NAMESPACE namespace FUNCTION name)
# generates `std::span<const std::string_view> FUNCTION()`, which HEADER declares: the contents of the files that match
# pattern, in the order of their names. OUT is the generated file.

function(latentrt_embed_text out)
  cmake_parse_arguments(arg "" "FILES;HEADER;NAMESPACE;FUNCTION" "" ${ARGN})
  file(GLOB found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${arg_FILES})
  list(SORT found)
  list(LENGTH found count)
  set(texts "")
  foreach(path IN LISTS found)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
    file(READ ${path} text)
    string(APPEND texts "    R\"text(${text})text\",\n")
  endforeach()
  set(file ${LATENTRT_OBJECTS}/generated/${out}.cpp)
  file(CONFIGURE OUTPUT ${file} CONTENT [[
// Generated from files of the sources.
#include "@arg_HEADER@"

#include <array>

namespace @arg_NAMESPACE@ {

std::span<const std::string_view> @arg_FUNCTION@() {
  static constexpr std::array<std::string_view, @count@> kTexts{
@texts@  };
  return kTexts;
}

}  // namespace @arg_NAMESPACE@
]] @ONLY)
  set(${out} ${file} PARENT_SCOPE)
endfunction()
