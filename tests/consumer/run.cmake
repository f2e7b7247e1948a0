# Installs a build of the library, then builds and runs the project in this
# folder against what was installed. Then has CMake generate a build of the same
# project with the library as a part of it.
#
#   GENERATOR       what CMake generates
#   LIBRARY_SOURCE  the checkout of the library
#   LIBRARY_BUILD   the build of the library
#   SETTINGS        what the consumer's CMake begins with
#   WORK_DIR        a folder for the installation and for the consumer's build

cmake_policy(VERSION 3.21)

# run(<what> <command>...) runs a command and stops where it fails.
function(run what)
  execute_process(COMMAND ${ARGN}
    RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  message("${output}")
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "cannot ${what}: ended with '${code}'")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

set(prefix ${WORK_DIR}/prefix)
set(build ${WORK_DIR}/build)
file(REMOVE_RECURSE ${WORK_DIR})

run("install the library"
  ${CMAKE_COMMAND} --install ${LIBRARY_BUILD} --prefix ${prefix})
run("configure the consumer"
  ${CMAKE_COMMAND} -G ${GENERATOR} -C ${SETTINGS}
    -S ${CMAKE_CURRENT_LIST_DIR} -B ${build} -Dactor_cache_ROOT=${prefix}
    -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF)
run("build the consumer" ${CMAKE_COMMAND} --build ${build})
run("run the consumer" ${build}/consumer)

if(NOT output STREQUAL "the answer is 42\n")
  message(FATAL_ERROR "the consumer printed something else")
endif()

run("configure the consumer with the library as a part of it"
  ${CMAKE_COMMAND} -G ${GENERATOR} -C ${SETTINGS}
    -S ${CMAKE_CURRENT_LIST_DIR} -B ${WORK_DIR}/whole
    -DACTOR_CACHE_SOURCE=${LIBRARY_SOURCE} -DBUILD_SHARED_LIBS=ON)
