# SPDX-License-Identifier: BSL-1.0
# What the checks of the tree share.

# public_headers(<variable>): the public headers below <root>/include as "ashlar/…/x.hpp": no private ones, no forward
# declarations, no per-target kernels and the header that brings them in.
macro(public_headers variable)
  file(GLOB_RECURSE ${variable} RELATIVE ${root}/include ${root}/include/ashlar/*.hpp)
  list(FILTER ${variable} EXCLUDE REGEX "/detail/|/fwd\\.hpp$|-inl\\.hpp$|^ashlar/simd/all_targets\\.hpp$")
  if(NOT ${variable})
    message(FATAL_ERROR "nothing was checked")
  endif()
endmacro()

# included_by(<header> <variable>): the ashlar headers that `header` includes, directly or not, itself among them.
function(included_by header variable)
  set(open ${header})
  set(reached ${header})
  while(open)
    list(POP_FRONT open next)
    file(STRINGS ${root}/include/${next} lines REGEX "^ *# *include <ashlar/")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE ".*<(.*)>.*" "\\1" included "${line}")
      if(NOT included IN_LIST reached AND EXISTS ${root}/include/${included})
        list(APPEND open ${included})
        list(APPEND reached ${included})
      endif()
    endforeach()
  endwhile()
  set(${variable} ${reached} PARENT_SCOPE)
endfunction()

# verdict(<count> <what>): ends a check: fails with what is in `faults`, or where nothing was checked.
macro(verdict count what)
  if(faults)
    message("${faults}")
    message(FATAL_ERROR "see above")
  endif()
  if(NOT ${count} GREATER 0)
    message(FATAL_ERROR "nothing was checked")
  endif()
  message(STATUS "${count} ${what}")
endmacro()
