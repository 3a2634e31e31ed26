# SPDX-License-Identifier: BSL-1.0
find_package(ZLIB QUIET)
if(PKG_CONFIG_FOUND)
  pkg_check_modules(libzstd QUIET IMPORTED_TARGET GLOBAL libzstd)
endif()
ashlar_bench_peer(${program} zlib ZLIB::ZLIB)
ashlar_bench_peer(${program} zstd PkgConfig::libzstd)
