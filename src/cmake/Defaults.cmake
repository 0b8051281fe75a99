# Settings of all targets: standard, warnings, sanitizers, ccache, mold, output folders.

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, RelWithDebInfo or Release" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
# The shared library exports only what LATENTRT_API marks.
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_CUDA_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
# -fPIC by hand rather than POSITION_INDEPENDENT_CODE, which means -fPIE for executables: a precompiled header can
# only be shared by objects that are compiled alike.
add_compile_options(-fPIC)

# Warnings, for the project's own C++ targets.
add_library(latentrt_warnings INTERFACE)
target_compile_options(latentrt_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wconversion>
  $<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 reports overlaps in std::string's operator+ that do not exist (GCC bug 105651).
  target_compile_options(latentrt_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()
if(LATENTRT_WERROR)
  target_compile_options(latentrt_warnings INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Werror> $<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings>)
endif()

if(LATENTRT_SANITIZE)
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${LATENTRT_SANITIZE}>
                      $<$<COMPILE_LANGUAGE:CXX>:-fno-omit-frame-pointer>)
  add_link_options(-fsanitize=${LATENTRT_SANITIZE})
endif()

# ccache, configured so that a precompiled header is keyed by its content, and that paths inside the sources and the language of
# messages do not matter: another clone, or another build folder of the same depth, reuses these compilations, even if
# CMake leaves an empty LC_ALL in the environment (in what ctest --build-and-test configures and builds).
find_program(LATENTRT_CCACHE ccache)
if(LATENTRT_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime,locale
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} ${LATENTRT_CCACHE})
  set(CMAKE_CUDA_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=locale CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} ${LATENTRT_CCACHE})
  add_compile_options($<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-fpch-preprocess>)
endif()

# mold, if the compiler supports it.
include(CheckCXXSourceCompiles)
find_program(LATENTRT_MOLD mold)
if(LATENTRT_MOLD)
  set(CMAKE_REQUIRED_LINK_OPTIONS -fuse-ld=mold)
  check_cxx_source_compiles("int main() { return 0; }" LATENTRT_MOLD_WORKS)
  unset(CMAKE_REQUIRED_LINK_OPTIONS)
  if(LATENTRT_MOLD_WORKS)
    add_link_options(-fuse-ld=mold)
  endif()
endif()
