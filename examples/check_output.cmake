# Runs PROGRAM with ARGS. Fails unless it ends with EXIT_CODE (0 by default) and
# each regular expression of EXPECT matches what it prints, in this order.

cmake_policy(VERSION 3.21)

if("${EXIT_CODE}" STREQUAL "")
  set(EXIT_CODE 0)
endif()

execute_process(COMMAND ${PROGRAM} ${ARGS}
  RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
message("${output}")

if(NOT code STREQUAL EXIT_CODE)
  message(FATAL_ERROR "ended with '${code}' instead of '${EXIT_CODE}'")
endif()

foreach(regex IN LISTS EXPECT)
  if(NOT output MATCHES "${regex}")
    message(FATAL_ERROR "nothing (more) in the output matches '${regex}'")
  endif()
  # Go on behind the match.
  string(FIND "${output}" "${CMAKE_MATCH_0}" at)
  string(LENGTH "${CMAKE_MATCH_0}" length)
  math(EXPR at "${at} + ${length}")
  string(SUBSTRING "${output}" ${at} -1 output)
endforeach()
