# SPDX-License-Identifier: BSL-1.0
# Both are headers alone.
foreach(peer IN ITEMS zpp_bits=zpp_bits.h bitsery=bitsery/bitsery.h)
  string(REPLACE "=" ";" peer ${peer})
  list(GET peer 0 name)
  list(GET peer 1 header)
  find_path(ASHLAR_${name}_INCLUDE_DIR ${header})
  mark_as_advanced(ASHLAR_${name}_INCLUDE_DIR)
  if(ASHLAR_${name}_INCLUDE_DIR)
    add_library(bench_${name} INTERFACE)
    target_include_directories(bench_${name} SYSTEM INTERFACE ${ASHLAR_${name}_INCLUDE_DIR})
  endif()
  ashlar_bench_peer(${program} ${name} bench_${name})
endforeach()
