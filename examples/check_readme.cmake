# Fails unless one of the C++ blocks of README is SOURCE, byte by byte, and both
# are as short as they are meant to be.

cmake_policy(VERSION 3.21)

file(READ ${README} readme)
file(READ ${SOURCE} source)
string(FIND "${readme}" "\n```cpp\n${source}```\n" at)
if(at EQUAL -1)
  message(FATAL_ERROR "no code block of ${README} is the same as ${SOURCE}")
endif()

# check_length(<file> <content> <lines>) fails where there are more.
function(check_length file content most)
  string(REGEX MATCHALL "\n" ends "${content}")
  list(LENGTH ends count)
  if(count GREATER most)
    message(FATAL_ERROR "${file} has ${count} lines, more than ${most}")
  endif()
endfunction()

check_length(${SOURCE} "${source}" 25)
check_length(${README} "${readme}" 75)
