# The library in a host process: the state after it is unloaded, and when the process ends.
function(latentrt_guest_test name source)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "LINK;ARGUMENTS")
  add_executable(guest_${name} ${source})
  set_target_properties(guest_${name} PROPERTIES
    C_STANDARD 99 LINKER_LANGUAGE CXX RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  target_include_directories(guest_${name} PRIVATE ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(guest_${name} PRIVATE ${arg_LINK} ${CMAKE_DL_LIBS} latentrt_warnings)
  add_dependencies(guest_${name} latentrt)
  add_test(NAME guest.${name} COMMAND guest_${name} ${arg_ARGUMENTS} ${PROJECT_SOURCE_DIR}/models/shapes)
  set_tests_properties(guest.${name} PROPERTIES LABELS cli)
endfunction()

latentrt_guest_test(reload c/reload.c ARGUMENTS $<TARGET_FILE:latentrt>)
latentrt_guest_test(coexistence guest/coexistence.cpp LINK LatentTorch::cpu ARGUMENTS $<TARGET_FILE:latentrt>)
latentrt_guest_test(forgotten_stream guest/forgotten_stream.cpp LINK latentrt)

# Their hosts end without destroying a stream.
set_tests_properties(guest.reload guest.forgotten_stream PROPERTIES
  ENVIRONMENT_MODIFICATION ASAN_OPTIONS=path_list_append:detect_leaks=0)
