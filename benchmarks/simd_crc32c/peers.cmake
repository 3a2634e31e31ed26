# SPDX-License-Identifier: BSL-1.0
if(PKG_CONFIG_FOUND)
  pkg_check_modules(isal QUIET IMPORTED_TARGET libisal)
endif()
ashlar_bench_peer(${program} isal PkgConfig::isal)
find_package(ZLIB QUIET)
ashlar_bench_peer(${program} zlib ZLIB::ZLIB)
