# SPDX-License-Identifier: BSL-1.0
cmake_minimum_required(VERSION 3.25)
# Builds and runs modes/, a project in one mode of the standard library, and sees that what is compiled in another mode
# than the engine does not link with it, because the two would disagree about its types.
file(REMOVE_RECURSE ${scratch})
execute_process(COMMAND ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/modes -B ${scratch} -G ${generator}
  -D ashlar_source=${source} -D CMAKE_CXX_COMPILER=${compiler} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
foreach(mode IN ITEMS whole unchecked old_strings)
  execute_process(COMMAND ${CMAKE_COMMAND} --build ${scratch} -j 2 --target ${mode}
    RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(mode STREQUAL "whole")
    if(NOT status EQUAL 0)
      message("${said}")
      message(FATAL_ERROR "a project with checked containers does not build")
    endif()
    execute_process(COMMAND ${scratch}/whole COMMAND_ERROR_IS_FATAL ANY)
  elseif(status EQUAL 0)
    message(FATAL_ERROR "${mode}: what is compiled in another mode than the engine links with it")
  elseif(NOT said MATCHES "undefined [^\n]*AshlarPipelineEngineCpp")
    message("${said}")
    message(FATAL_ERROR "${mode}: does not build, for another reason than the engine's mode")
  endif()
endforeach()
