# SPDX-License-Identifier: BSL-1.0
find_package(TBB QUIET)
ashlar_bench_peer(${program} tbb TBB::tbb)
find_package(absl QUIET)
ashlar_bench_peer(${program} absl absl::flat_hash_map)
if(PKG_CONFIG_FOUND)
  pkg_check_modules(rocksdb QUIET IMPORTED_TARGET GLOBAL rocksdb)
endif()
ashlar_bench_peer(${program} rocksdb PkgConfig::rocksdb)
