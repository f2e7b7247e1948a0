# Fails where docs/guide.md (GUIDE) shows code that is not a part of SOURCE, or
# a table of messages other than those in MESSAGES. How far lines are indented
# does not matter.

cmake_policy(VERSION 3.21)

# normalize(<variable>) removes what indents the lines of a text.
function(normalize text)
  string(REGEX REPLACE "\n +" "\n" result "\n${${text}}")
  string(REGEX REPLACE "  +//" " //" result "${result}")
  set(${text} "${result}" PARENT_SCOPE)
endfunction()

file(READ ${GUIDE} guide)
file(READ ${SOURCE} source)
file(READ ${MESSAGES} messages)
normalize(source)

# -- code ----------------------------------------------------------------------

set(rest "${guide}")
set(blocks 0)
while(TRUE)
  string(FIND "${rest}" "\n```cpp\n" begin)
  if(begin EQUAL -1)
    break()
  endif()
  math(EXPR begin "${begin} + 8")
  string(SUBSTRING "${rest}" ${begin} -1 rest)
  string(FIND "${rest}" "```" end)
  string(SUBSTRING "${rest}" 0 ${end} block)
  string(SUBSTRING "${rest}" ${end} -1 rest)
  set(normal "${block}")
  normalize(normal)
  string(FIND "${source}" "${normal}" at)
  if(at EQUAL -1)
    message(SEND_ERROR "${GUIDE} shows what is not in ${SOURCE}:\n${block}")
  endif()
  math(EXPR blocks "${blocks} + 1")
endwhile()

# -- messages ------------------------------------------------------------------

string(FIND "${messages}" "namespace actor_cache::msg {" begin)
string(SUBSTRING "${messages}" ${begin} -1 messages)
string(FIND "${messages}" "} // namespace actor_cache::msg" end)
string(SUBSTRING "${messages}" 0 ${end} messages)
string(REGEX MATCHALL "\nstruct [a-z_]+ {|detail::field{\"[a-z_]+\"" words
  "${messages}\nstruct the_end {")
set(rows 0)
set(row "")
foreach(word IN LISTS words)
  if(word MATCHES "\nstruct ([a-z_]+) {")
    set(name ${CMAKE_MATCH_1})
    if(row)
      string(FIND "${guide}" "${row} |" at)
      if(at EQUAL -1)
        message(SEND_ERROR "${GUIDE} lacks a row that begins with: ${row} |")
      endif()
      math(EXPR rows "${rows} + 1")
    endif()
    set(row "| `${name}` |")
    set(separator " ")
  elseif(word MATCHES "\"([a-z_]+)\"")
    string(APPEND row "${separator}`${CMAKE_MATCH_1}`")
    set(separator ", ")
  endif()
endforeach()

message("compared ${blocks} blocks of code and ${rows} messages")
if(blocks EQUAL 0 OR rows EQUAL 0)
  message(SEND_ERROR "found nothing to compare")
endif()
