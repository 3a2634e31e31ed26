# SPDX-License-Identifier: BSL-1.0
find_package(absl QUIET)
ashlar_bench_peer(${program} absl absl::flat_hash_map)
