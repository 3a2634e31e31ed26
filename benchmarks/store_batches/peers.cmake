# SPDX-License-Identifier: BSL-1.0
if(PKG_CONFIG_FOUND)
  pkg_check_modules(lmdb QUIET IMPORTED_TARGET GLOBAL lmdb)
endif()
ashlar_bench_peer(${program} lmdb PkgConfig::lmdb)
