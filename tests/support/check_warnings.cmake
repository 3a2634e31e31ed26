# SPDX-License-Identifier: BSL-1.0
# What is written out in the caller's file compiles there without a warning, whatever it is optimised for: a compiler that
# sees through more of it guesses at more.
if(NOT compiler MATCHES "(g[+][+]|clang[+][+]|c[+][+])[^/]*$")
  message(STATUS "SKIP: ${compiler} takes other flags than g++")
  return()
endif()
foreach(level IN ITEMS 1 2 3)
  execute_process(
    COMMAND ${compiler} -std=c++20 -O${level} -Wall -Wextra -Wconversion -Wshadow -Werror -I${root}/include -c
      ${root}/tests/support/encodes_much.cpp -o /dev/null
    RESULT_VARIABLE status ERROR_VARIABLE text)
  if(NOT status EQUAL 0)
    message(SEND_ERROR "at -O${level}: ${text}")
  endif()
endforeach()
