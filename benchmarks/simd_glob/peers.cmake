# SPDX-License-Identifier: BSL-1.0
if(PKG_CONFIG_FOUND)
  pkg_check_modules(re2 QUIET IMPORTED_TARGET re2)
endif()
ashlar_bench_peer(${program} re2 PkgConfig::re2)
