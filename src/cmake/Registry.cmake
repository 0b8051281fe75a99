# Registries generated from a listing: adding a solver or an accelerator changes no other file.
#
# latentrt_list_registry(OUT FOLDERS|FILES pattern HEADER header NAMESPACE namespace TABLE type FUNCTION name)
# lists the folders (with sources) or the files that match pattern, and generates
#   void FUNCTION(TYPE& table) { register_<name>(table); ... }
# for their names (files: without extension). Each name defines `void register_<name>(TYPE&)` in the namespace.
# OUT is the generated file, or nothing while the header does not exist.

function(latentrt_list_registry out)
  cmake_parse_arguments(arg "" "FOLDERS;FILES;HEADER;NAMESPACE;TABLE;FUNCTION" "" ${ARGN})
  set(names "")
  if(arg_FOLDERS)
    file(GLOB found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${arg_FOLDERS}/*.cpp)
    foreach(file IN LISTS found)
      cmake_path(GET file PARENT_PATH folder)
      cmake_path(GET folder FILENAME name)
      list(APPEND names ${name})
    endforeach()
  else()
    file(GLOB found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${arg_FILES})
    foreach(file IN LISTS found)
      cmake_path(GET file STEM name)
      list(APPEND names ${name})
    endforeach()
  endif()
  list(REMOVE_DUPLICATES names)
  list(SORT names)

  set(declarations "")
  set(calls "")
  foreach(name IN LISTS names)
    string(APPEND declarations "void register_${name}(${arg_TABLE}& table);\n")
    string(APPEND calls "  register_${name}(table);\n")
  endforeach()
  set(parameter "table")
  if(NOT names)
    set(parameter "/*table*/")
  endif()
  set(file ${LATENTRT_OBJECTS}/generated/${out}.cpp)
  file(CONFIGURE OUTPUT ${file} CONTENT [[
// Generated from the listing of the sources.
#include "@arg_HEADER@"

namespace @arg_NAMESPACE@ {

@declarations@
void @arg_FUNCTION@(@arg_TABLE@& @parameter@) {
@calls@}

}  // namespace @arg_NAMESPACE@
]] @ONLY)
  set(${out} "" PARENT_SCOPE)
  if(EXISTS ${PROJECT_SOURCE_DIR}/src/${arg_HEADER})
    set(${out} ${file} PARENT_SCOPE)
  endif()
endfunction()
