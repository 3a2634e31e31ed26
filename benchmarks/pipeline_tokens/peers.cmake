# SPDX-License-Identifier: BSL-1.0
find_package(TBB CONFIG QUIET)
ashlar_bench_peer(${program} tbb TBB::tbb)
