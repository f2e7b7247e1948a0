# Fails unless one of the C++ blocks of README is SOURCE, byte by byte.

cmake_policy(VERSION 3.21)

file(READ ${README} readme)
file(READ ${SOURCE} source)
string(FIND "${readme}" "\n```cpp\n${source}```\n" at)
if(at EQUAL -1)
  message(FATAL_ERROR "no code block of ${README} is the same as ${SOURCE}")
endif()
