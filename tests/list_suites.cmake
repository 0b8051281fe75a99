# Run by ctest, see Suites.cmake: lists the suites of `program` into `list` and includes that.
# A test whose own name or suite begins with Cuda or Gpu needs a device: those of a suite get an entry of their own,
# labelled gpu. Without a device every one of them skips itself, and ctest says so.

if(NOT EXISTS "${program}")
  add_test("${prefix}.not_built" "${program}")
  set_tests_properties("${prefix}.not_built" PROPERTIES LABELS "${label}")
  return()
endif()

macro(latentrt_add_entry name filter properties)
  string(APPEND script
    "add_test(\"${name}\" \"${program}\" \"--gtest_filter=${filter}\" --gtest_brief=1)\n"
    "set_tests_properties(\"${name}\" PROPERTIES ${properties} TIMEOUT 1200 ENVIRONMENT OMP_WAIT_POLICY=passive)\n")
endmacro()

function(latentrt_list_suites)
  execute_process(COMMAND "${program}" --gtest_list_tests OUTPUT_VARIABLE output RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${program} --gtest_list_tests failed: ${status}")
  endif()
  string(REGEX REPLACE "  # [^\n]*" "" output "${output}")
  string(REGEX MATCHALL "[^\n]+" lines "${output}")
  set(suite "")
  foreach(line IN LISTS lines)
    if(line MATCHES "^([A-Za-z0-9_/]+)\\.$")
      set(suite "${CMAKE_MATCH_1}")
    elseif(suite AND "${suite}.${line}" MATCHES "(^|/|\\.  )(Cuda|Gpu)")
      list(APPEND gpu_suites "${suite}")
    elseif(suite)
      list(APPEND suites "${suite}")
    endif()
  endforeach()
  list(REMOVE_DUPLICATES suites)
  list(REMOVE_DUPLICATES gpu_suites)

  set(script "")
  foreach(suite IN LISTS suites)
    latentrt_add_entry("${prefix}.${suite}" "${suite}.*-${suite}.Cuda*:${suite}.Gpu*" "LABELS ${label}")
  endforeach()
  foreach(suite IN LISTS gpu_suites)
    set(filter "${suite}.Cuda*:${suite}.Gpu*")
    if(suite MATCHES "(^|/)(Cuda|Gpu)")
      set(filter "${suite}.*")
    endif()
    latentrt_add_entry("${prefix}.${suite}.gpu" "${filter}"
      "LABELS gpu RESOURCE_LOCK gpu SKIP_REGULAR_EXPRESSION \".  SKIPPED .\"")
  endforeach()
  file(WRITE "${list}" "${script}")
endfunction()

if(NOT EXISTS "${list}" OR "${program}" IS_NEWER_THAN "${list}" OR "${CMAKE_CURRENT_LIST_FILE}" IS_NEWER_THAN "${list}")
  latentrt_list_suites()
endif()
include("${list}")
