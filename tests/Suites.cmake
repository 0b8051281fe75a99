# latentrt_discover_suites(target prefix label): one ctest entry for each suite of a GoogleTest program. Starting a
# program that loads LibTorch takes a large part of a second, so an entry for each test would mostly wait for that.
# The suites are listed when ctest starts, and only after the program changed.

function(latentrt_discover_suites target prefix label)
  set(list ${CMAKE_CURRENT_BINARY_DIR}/${target}_suites.cmake)
  file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${target}_include.cmake CONTENT
"set(program \"$<TARGET_FILE:${target}>\")
set(list \"${list}\")
set(prefix \"${prefix}\")
set(label \"${label}\")
include(\"${CMAKE_CURRENT_FUNCTION_LIST_DIR}/list_suites.cmake\")
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${CMAKE_CURRENT_BINARY_DIR}/${target}_include.cmake)
endfunction()
