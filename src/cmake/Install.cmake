# The install tree: headers, library, programs, CMake package, pkg-config file. It may be moved as a whole; LibTorch stays
# where it was found, and the library's run path leads there.
include(CMakePackageConfigHelpers)

set(latentrt_run_path ${LatentTorch_ROOT}/lib)
if(LATENTRT_WITH_CUDNN)
  # Loads LibTorch's own copy, not another one of the system.
  cmake_path(GET LatentTorch_CUDNN PARENT_PATH cudnn_dir)
  list(APPEND latentrt_run_path ${cudnn_dir})
endif()
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_LIBDIR BASE_DIRECTORY ${CMAKE_INSTALL_FULL_BINDIR} OUTPUT_VARIABLE lib_from_bin)
set_target_properties(latentrt PROPERTIES INSTALL_RPATH "${latentrt_run_path}")
install(TARGETS latentrt latentrt_torch EXPORT LatentRTTargets COMPONENT LatentRT)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/latentrt TYPE INCLUDE COMPONENT LatentRT)
if(LATENTRT_PROGRAMS)
  set_target_properties(latentrt_cli latentrt_bench latentrt_train PROPERTIES
    INSTALL_RPATH "$ORIGIN/${lib_from_bin};${latentrt_run_path}")
  # A program that was not built, as after scripts/demo.sh, is skipped with a message. The library must exist.
  foreach(program IN ITEMS latentrt_cli latentrt_bench latentrt_train)
    install(TARGETS ${program} OPTIONAL COMPONENT LatentRT)
    install(CODE "
      if(NOT EXISTS \"$<TARGET_FILE:${program}>\")
        message(STATUS \"Left out, as it was not built: $<TARGET_FILE:${program}>\")
      endif()" COMPONENT LatentRT)
  endforeach()
endif()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/LatentRT)
install(EXPORT LatentRTTargets NAMESPACE LatentRT:: DESTINATION ${package_dir} COMPONENT LatentRT)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/LatentRTConfig.cmake.in LatentRTConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(LatentRTConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/LatentRTConfig.cmake ${PROJECT_BINARY_DIR}/LatentRTConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/third_party/cmake/FindLatentTorch.cmake
  DESTINATION ${package_dir} COMPONENT LatentRT)

cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_INCLUDEDIR BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX} OUTPUT_VARIABLE include_from_prefix)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_LIBDIR BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX} OUTPUT_VARIABLE lib_from_prefix)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE prefix_from_pc)
configure_file(${CMAKE_CURRENT_LIST_DIR}/latentrt.pc.in latentrt.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/latentrt.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT LatentRT)
