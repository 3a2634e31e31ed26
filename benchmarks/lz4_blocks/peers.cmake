# SPDX-License-Identifier: BSL-1.0
if(PKG_CONFIG_FOUND)
  pkg_check_modules(liblz4 QUIET IMPORTED_TARGET GLOBAL liblz4)
  pkg_check_modules(libdeflate QUIET IMPORTED_TARGET GLOBAL libdeflate)
endif()
ashlar_bench_peer(${program} lz4 PkgConfig::liblz4)
ashlar_bench_peer(${program} libdeflate PkgConfig::libdeflate)
