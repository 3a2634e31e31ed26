# SPDX-License-Identifier: BSL-1.0
if(PKG_CONFIG_FOUND)
  pkg_check_modules(libxxhash QUIET IMPORTED_TARGET GLOBAL libxxhash)
endif()
ashlar_bench_peer(${program} xxhash PkgConfig::libxxhash)
