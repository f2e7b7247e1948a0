# Writes the files of the page into a source, as text that page.cpp puts
# together.
#
#   FOLDER   where page.html, page.css and page.js are
#   OUTPUT   the source to write

cmake_policy(VERSION 3.21)

set(text "#include \"page_files.hpp\"\n\nnamespace actor_cache::detail {\n")
foreach(kind IN ITEMS html css js)
  file(READ ${FOLDER}/page.${kind} content)
  if(content MATCHES "\\)page\"")
    message(FATAL_ERROR "page.${kind} has what ends a raw string")
  endif()
  string(APPEND text
    "\nconst std::string_view page_${kind} = R\"page(${content})page\";\n")
endforeach()
string(APPEND text "\n} // namespace actor_cache::detail\n")

file(WRITE ${OUTPUT} "${text}")
