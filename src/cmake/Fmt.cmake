# latentrt_fmt: the one fmt of the project. LibTorch's include folder contains fmt headers, so these are used by every
# file, even those that do not use LibTorch. Their non-template code is compiled here, once.

if(EXISTS ${LatentTorch_INCLUDE_DIR}/fmt/format.h)
  set(fmt_folder ${LATENTRT_OBJECTS}/third_party/fmt)
  file(MAKE_DIRECTORY ${fmt_folder})
  file(CREATE_LINK ${LatentTorch_INCLUDE_DIR}/fmt ${fmt_folder}/fmt SYMBOLIC)
  add_library(latentrt_fmt STATIC ${PROJECT_SOURCE_DIR}/third_party/fmt/fmt.cpp)
  target_include_directories(latentrt_fmt SYSTEM PUBLIC ${fmt_folder})
else()
  find_package(fmt 9 REQUIRED)
  add_library(latentrt_fmt INTERFACE)
  target_link_libraries(latentrt_fmt INTERFACE fmt::fmt)
endif()
