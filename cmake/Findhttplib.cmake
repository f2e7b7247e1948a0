# Finds cpp-httplib: the target httplib::httplib. Takes the package that it
# installs itself, else what pkg-config knows, as Debian builds it.

find_package(httplib CONFIG QUIET)

if(NOT TARGET httplib::httplib)
  find_package(PkgConfig QUIET)
  if(PKG_CONFIG_FOUND)
    pkg_check_modules(_httplib QUIET cpp-httplib)
  endif()
  find_path(httplib_INCLUDE_DIR httplib.h HINTS ${_httplib_INCLUDE_DIRS})
  find_library(httplib_LIBRARY NAMES cpp-httplib HINTS ${_httplib_LIBRARY_DIRS})
  mark_as_advanced(httplib_INCLUDE_DIR httplib_LIBRARY)
  set(httplib_VERSION ${_httplib_VERSION})
endif()

include(FindPackageHandleStandardArgs)
if(TARGET httplib::httplib)
  find_package_handle_standard_args(httplib CONFIG_MODE)
else()
  find_package_handle_standard_args(httplib
    REQUIRED_VARS httplib_LIBRARY httplib_INCLUDE_DIR
    VERSION_VAR httplib_VERSION)
endif()

if(httplib_FOUND AND NOT TARGET httplib::httplib)
  # Its types depend on what it was built with, which the flags say.
  add_library(httplib::httplib UNKNOWN IMPORTED)
  set_target_properties(httplib::httplib PROPERTIES
    IMPORTED_LOCATION ${httplib_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${httplib_INCLUDE_DIR}
    INTERFACE_COMPILE_OPTIONS "${_httplib_CFLAGS_OTHER}")
endif()
