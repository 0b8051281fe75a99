# One program for each folder of examples/, which uses only the public headers.

file(GLOB found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/*/*.cpp)
set(folders "")
foreach(file IN LISTS found)
  cmake_path(GET file PARENT_PATH folder)
  list(APPEND folders ${folder})
endforeach()
list(REMOVE_DUPLICATES folders)

find_package(Spng REQUIRED)

# The example with a window is omitted if SDL is missing.
find_package(SDL2 QUIET)
if(NOT SDL2_FOUND)
  message(STATUS "examples/stream_window is not built: SDL2 was not found (Debian: libsdl2-dev)")
  list(FILTER folders EXCLUDE REGEX "/stream_window$")
endif()

# So is the one with GPU buffers, in a build without CUDA.
if(NOT LATENTRT_WITH_CUDA)
  list(FILTER folders EXCLUDE REGEX "/engine_buffers$")
endif()

foreach(folder IN LISTS folders)
  cmake_path(GET folder FILENAME name)
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp)
  add_executable(example_${name} ${sources})
  target_link_libraries(example_${name} PRIVATE latentrt Spng::spng latentrt_warnings)
  set_target_properties(example_${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/examples OUTPUT_NAME ${name} LINKER_LANGUAGE CXX)
endforeach()
if(TARGET example_engine_buffers)
  target_link_libraries(example_engine_buffers PRIVATE LatentTorch::cudart)
  target_include_directories(example_engine_buffers SYSTEM PRIVATE ${CUDAToolkit_INCLUDE_DIRS})
endif()
if(TARGET example_stream_window)
  target_link_libraries(example_stream_window PRIVATE SDL2::SDL2)
endif()
