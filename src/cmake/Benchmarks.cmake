# One program for each file of benchmarks/micro/: single kernels and operators, timed over the cases of their tests. One for
# each of benchmarks/e2e/: whole runs, through the public headers. One for each of benchmarks/soak/: hours of random use.

function(latentrt_benchmarks folder libraries)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/benchmarks/${folder}/*.cpp)
  foreach(source IN LISTS sources)
    cmake_path(GET source STEM name)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE ${libraries} latentrt_warnings)
    set_target_properties(${name} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/benchmarks LINKER_LANGUAGE CXX)
  endforeach()
endfunction()

latentrt_benchmarks(micro latentrt_engine)
latentrt_benchmarks(e2e latentrt)
find_package(CLI11 2.1 REQUIRED)
latentrt_benchmarks(soak "latentrt;CLI11::CLI11")
