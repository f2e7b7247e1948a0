# Adds the test that uses the library from outside.

string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
set(consumer_flags "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${build_type}}")

set(consumer_packages "")
get_cmake_property(cached CACHE_VARIABLES)
foreach(name IN LISTS cached)
  if(name MATCHES "^[^_].*[^_]_DIR$" AND NOT name MATCHES "^CMAKE_|^actor_cache"
     AND ${name})
    string(APPEND consumer_packages
      "set(${name} \"${${name}}\" CACHE PATH \"\")\n")
  endif()
endforeach()

configure_file(${CMAKE_CURRENT_LIST_DIR}/settings.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/consumer-settings.cmake @ONLY)

add_test(NAME consumer
  COMMAND ${CMAKE_COMMAND}
    -DGENERATOR=${CMAKE_GENERATOR}
    -DLIBRARY_SOURCE=${PROJECT_SOURCE_DIR}
    -DLIBRARY_BUILD=${PROJECT_BINARY_DIR}
    -DSETTINGS=${CMAKE_CURRENT_BINARY_DIR}/consumer-settings.cmake
    -DWORK_DIR=${CMAKE_CURRENT_BINARY_DIR}/consumer
    -P ${CMAKE_CURRENT_LIST_DIR}/run.cmake)
set_tests_properties(consumer PROPERTIES TIMEOUT 300 COST 40)
