# Finds the LibTorch inside a `torch` wheel (or a libtorch folder) and links it by path, with or without a CUDA toolkit.
#
# Looked for, first match wins:
#   LATENTRT_TORCH_DIR   CMake or environment variable: the folder that holds include/ and lib/
#   Torch_DIR            CMake or environment variable: .../share/cmake/Torch of such a folder
#   CMAKE_PREFIX_PATH    CMake or environment variable: such a folder, its share/cmake, or the site-packages around it
#   LATENTRT_CACHE       environment variable (default ~/.cache/latentrt): what scripts/setup.sh put there
#
# Targets:  LatentTorch::headers  include folders
#           LatentTorch::cpu      libtorch_cpu, libc10
#           LatentTorch::nccl     the libnccl that it uses, with its header; only where both are found
#           LatentTorch::cudnn    the libcudnn that it uses, with its header; only where both are found
#           LatentTorch::cuda     the same and libtorch_cuda, libc10_cuda, libcudart; only with LatentTorch_CUDA_FOUND
# Variables: LatentTorch_FOUND, LatentTorch_VERSION, LatentTorch_ROOT, LatentTorch_INCLUDE_DIR,
#            LatentTorch_CUDA_FOUND, LatentTorch_CUDA_MISSING (why not, in words)

function(_latent_torch_candidates out)
  set(named "${LATENTRT_TORCH_DIR}" "$ENV{LATENTRT_TORCH_DIR}")
  foreach(dir IN ITEMS "${Torch_DIR}" "$ENV{Torch_DIR}")
    if(dir)
      cmake_path(SET up NORMALIZE "${dir}/../../..")
      list(APPEND named "${up}")
    endif()
  endforeach()
  file(TO_CMAKE_PATH "$ENV{CMAKE_PREFIX_PATH}" from_environment)
  foreach(prefix IN LISTS CMAKE_PREFIX_PATH from_environment)
    cmake_path(SET up NORMALIZE "${prefix}/../..")
    list(APPEND named "${prefix}" "${prefix}/torch" "${up}")
  endforeach()
  if(DEFINED ENV{LATENTRT_CACHE} AND NOT "$ENV{LATENTRT_CACHE}" STREQUAL "")
    set(cache "$ENV{LATENTRT_CACHE}")
  else()
    set(cache "$ENV{HOME}/.cache/latentrt")
  endif()
  foreach(kind IN ITEMS cuda cpu)
    list(APPEND named "${cache}/libtorch-${LatentTorch_FIND_VERSION_MAJOR}.${LatentTorch_FIND_VERSION_MINOR}.0-${kind}/torch")
  endforeach()
  list(FILTER named EXCLUDE REGEX "^$")
  set(${out} "${named}" PARENT_SCOPE)
endfunction()

# Asks the dynamic loader for missing dependencies of a library. Returns its message for the first one, or nothing.
function(_latent_torch_missing library out)
  execute_process(COMMAND ldd ${library} OUTPUT_VARIABLE loaded ERROR_QUIET)
  set(${out} "" PARENT_SCOPE)
  if(loaded MATCHES "([^ \t\n]+) => not found")
    set(${out} "${library} needs ${CMAKE_MATCH_1}, which is not installed beside it" PARENT_SCOPE)
  endif()
endfunction()

_latent_torch_candidates(_candidates)
find_path(LatentTorch_ROOT NAMES lib/libtorch_cpu.so PATHS ${_candidates} NO_DEFAULT_PATH NO_CACHE)

set(_problem "")
if(LatentTorch_ROOT)
  string(REGEX REPLACE "/+$" "" LatentTorch_ROOT ${LatentTorch_ROOT})
  set(LatentTorch_INCLUDE_DIR ${LatentTorch_ROOT}/include)
  foreach(_header IN ITEMS torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
    if(EXISTS ${LatentTorch_INCLUDE_DIR}/${_header})
      file(READ ${LatentTorch_INCLUDE_DIR}/${_header} _text)
      if(_text MATCHES "TORCH_VERSION_MAJOR ([0-9]+).*TORCH_VERSION_MINOR ([0-9]+).*TORCH_VERSION_PATCH ([0-9]+)")
        set(LatentTorch_VERSION ${CMAKE_MATCH_1}.${CMAKE_MATCH_2}.${CMAKE_MATCH_3})
        break()
      endif()
    endif()
  endforeach()
  _latent_torch_missing(${LatentTorch_ROOT}/lib/libtorch_cpu.so _problem)
else()
  list(JOIN _candidates "\n  " _problem)
  set(_problem "no LibTorch in any of\n  ${_problem}\nRun scripts/setup.sh, or set LATENTRT_TORCH_DIR to the torch folder of an installed wheel")
endif()

include(FindPackageHandleStandardArgs)
set(LatentTorch_USABLE FALSE)
if(LatentTorch_ROOT AND NOT _problem)
  set(LatentTorch_USABLE TRUE)
endif()
find_package_handle_standard_args(LatentTorch
  REQUIRED_VARS LatentTorch_ROOT LatentTorch_INCLUDE_DIR LatentTorch_USABLE
  VERSION_VAR LatentTorch_VERSION
  REASON_FAILURE_MESSAGE "${_problem}")

set(LatentTorch_CUDA_FOUND FALSE)
if(LatentTorch_FOUND AND EXISTS ${LatentTorch_ROOT}/lib/libtorch_cuda.so)
  _latent_torch_missing(${LatentTorch_ROOT}/lib/libtorch_cuda.so LatentTorch_CUDA_MISSING)
  if(NOT LatentTorch_CUDA_MISSING)
    set(LatentTorch_CUDA_FOUND TRUE)
  endif()
else()
  set(LatentTorch_CUDA_MISSING "${LatentTorch_ROOT} holds no libtorch_cuda.so")
endif()

if(LatentTorch_FOUND AND NOT TARGET LatentTorch::cpu)
  set(_lib ${LatentTorch_ROOT}/lib)
  cmake_path(SET _site NORMALIZE "${LatentTorch_ROOT}/..")
  file(GLOB _nvidia_libs LIST_DIRECTORIES true ${_site}/nvidia/*/lib)

  add_library(LatentTorch::headers INTERFACE IMPORTED)
  set_target_properties(LatentTorch::headers PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${LatentTorch_INCLUDE_DIR};${LatentTorch_INCLUDE_DIR}/torch/csrc/api/include")

  add_library(LatentTorch::c10 SHARED IMPORTED)
  set_target_properties(LatentTorch::c10 PROPERTIES IMPORTED_LOCATION ${_lib}/libc10.so)
  add_library(LatentTorch::cpu SHARED IMPORTED)
  set_target_properties(LatentTorch::cpu PROPERTIES
    IMPORTED_LOCATION ${_lib}/libtorch_cpu.so
    INTERFACE_LINK_LIBRARIES "LatentTorch::headers;LatentTorch::c10")
  # LibTorch's own dependencies are found here at link time, and by its own rpath at run time.
  foreach(_dir IN LISTS _nvidia_libs ITEMS ${_lib})
    set_property(TARGET LatentTorch::cpu APPEND PROPERTY INTERFACE_LINK_OPTIONS "LINKER:-rpath-link,${_dir}")
  endforeach()

  if(LatentTorch_CUDA_FOUND)
    add_library(LatentTorch::cudart SHARED IMPORTED)
    find_library(LatentTorch_CUDART NAMES libcudart.so.13 cudart
                 PATHS ${_nvidia_libs} ${_lib} /usr/local/cuda/lib64 NO_DEFAULT_PATH)
    set_target_properties(LatentTorch::cudart PROPERTIES IMPORTED_LOCATION ${LatentTorch_CUDART})
    find_library(LatentTorch_NCCL NAMES libnccl.so.2 nccl PATHS ${_nvidia_libs} /usr/local/cuda/lib64 NO_DEFAULT_PATH)
    cmake_path(SET _nccl_include NORMALIZE "${LatentTorch_NCCL}/../../include")
    if(EXISTS ${_nccl_include}/nccl.h)
      add_library(LatentTorch::nccl SHARED IMPORTED)
      set_target_properties(LatentTorch::nccl PROPERTIES
        IMPORTED_LOCATION ${LatentTorch_NCCL} INTERFACE_INCLUDE_DIRECTORIES ${_nccl_include})
    endif()
    find_library(LatentTorch_CUDNN NAMES libcudnn.so.9 cudnn PATHS ${_nvidia_libs} /usr/local/cuda/lib64 NO_DEFAULT_PATH)
    cmake_path(SET _cudnn_include NORMALIZE "${LatentTorch_CUDNN}/../../include")
    if(EXISTS ${_cudnn_include}/cudnn.h)
      add_library(LatentTorch::cudnn SHARED IMPORTED)
      set_target_properties(LatentTorch::cudnn PROPERTIES
        IMPORTED_LOCATION ${LatentTorch_CUDNN} INTERFACE_INCLUDE_DIRECTORIES ${_cudnn_include})
    endif()
    add_library(LatentTorch::cuda INTERFACE IMPORTED)
    # LibTorch's CUDA side registers itself when it is loaded, so it stays linked although no symbol refers to it.
    set_target_properties(LatentTorch::cuda PROPERTIES INTERFACE_LINK_LIBRARIES
      "LatentTorch::cpu;LatentTorch::cudart;-Wl,--push-state,--no-as-needed,${_lib}/libtorch_cuda.so,${_lib}/libc10_cuda.so,--pop-state")
  endif()
endif()

mark_as_advanced(LatentTorch_CUDART LatentTorch_CUDNN LatentTorch_NCCL)
