# latentrt_fmt: the one fmt of the project, header-only. LibTorch's include folder carries its own fmt headers, so
# theirs are what every file must see, also those that do not see LibTorch.

add_library(latentrt_fmt INTERFACE)
if(EXISTS ${LatentTorch_INCLUDE_DIR}/fmt/format.h)
  set(fmt_folder ${LATENTRT_OBJECTS}/third_party/fmt)
  file(MAKE_DIRECTORY ${fmt_folder})
  file(CREATE_LINK ${LatentTorch_INCLUDE_DIR}/fmt ${fmt_folder}/fmt SYMBOLIC)
  target_include_directories(latentrt_fmt SYSTEM INTERFACE ${fmt_folder})
  target_compile_definitions(latentrt_fmt INTERFACE FMT_HEADER_ONLY=1)
else()
  find_package(fmt 9 REQUIRED)
  target_link_libraries(latentrt_fmt INTERFACE fmt::fmt-header-only)
endif()
