# What ranks are connected by beside plain sockets. Sets LATENTRT_WITH_MPI and LATENTRT_WITH_NCCL.

set(LATENTRT_WITH_MPI OFF)
if(LATENTRT_MPI)
  set(MPI_CXX_SKIP_MPICXX ON)
  if(LATENTRT_MPI STREQUAL "AUTO")
    find_package(MPI 3.0 QUIET COMPONENTS CXX)
  else()
    find_package(MPI 3.0 REQUIRED COMPONENTS CXX)
  endif()
  set(LATENTRT_WITH_MPI ${MPI_CXX_FOUND})
endif()
if(LATENTRT_WITH_MPI)
  # For the one source that asks for them: they would be the precompiled header's too, which the tests share.
  set_property(TARGET MPI::MPI_CXX PROPERTY INTERFACE_COMPILE_DEFINITIONS "")
endif()
message(STATUS "MPI: ${LATENTRT_WITH_MPI}")

set(LATENTRT_WITH_NCCL OFF)
if(LATENTRT_WITH_CUDA AND TARGET LatentTorch::nccl)
  set(LATENTRT_WITH_NCCL ON)
endif()
message(STATUS "NCCL: ${LATENTRT_WITH_NCCL}")
