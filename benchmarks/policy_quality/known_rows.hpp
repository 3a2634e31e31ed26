// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace policy_quality {

/// Miss ratios of libCacheSim's LRU, FIFO, SIEVE and S3-FIFO on the same traces (equal sizes; measured, not published).
struct KnownRow {
  std::string_view trace;
  double percent;
  std::size_t capacity;
  double lru, fifo, sieve;
  std::optional<double> s3_fifo;  ///< none where it cannot be made so small
};
inline constexpr KnownRow known_rows[] = {
    {"arc-oltp", 0.1, 187, 0.8623, 0.8707, 0.9090, 0.8225},
    {"arc-oltp", 1.0, 1869, 0.5836, 0.6341, 0.5970, 0.5354},
    {"arc-oltp", 10.0, 18688, 0.3348, 0.3666, 0.3334, 0.3222},
    {"arc-p3", 0.1, 763, 0.9906, 0.9905, 0.9938, 0.9918},
    {"arc-p3", 1.0, 7625, 0.9841, 0.9840, 0.9714, 0.9597},
    {"arc-p3", 10.0, 76254, 0.8319, 0.8237, 0.7517, 0.6609},
    {"orm-night", 0.1, 86, 0.5531, 0.5570, 0.6891, 0.6871},
    {"orm-night", 1.0, 865, 0.3375, 0.3443, 0.3817, 0.3538},
    {"orm-night", 10.0, 8647, 0.0652, 0.0981, 0.0631, 0.0595},
    {"web07", 0.1, 20, 0.7868, 0.7928, 0.7787, 0.7760},
    {"web07", 1.0, 205, 0.6083, 0.6368, 0.5780, 0.5620},
    {"web07", 10.0, 2048, 0.4434, 0.4688, 0.4207, 0.4188},
    {"cloudphysics-io", 0.1, 49, 0.9022, 0.9113, 0.8801, 0.8754},
    {"cloudphysics-io", 1.0, 490, 0.8379, 0.8476, 0.8291, 0.8304},
    {"cloudphysics-io", 10.0, 4897, 0.8049, 0.8054, 0.7907, 0.7525},
    {"corda-vault", 0.1, 90, 0.6667, 0.6667, 0.9994, 0.6667},
    {"corda-vault", 1.0, 905, 0.6667, 0.6667, 0.9933, 0.6667},
    {"corda-vault", 10.0, 9047, 0.6667, 0.6667, 0.9333, 0.6667},
    {"lirs-loop", 1.0, 10, 1.0000, 1.0000, 1.0000, std::nullopt},
    {"lirs-loop", 10.0, 101, 1.0000, 1.0000, 1.0000, std::nullopt},
    {"lirs-multi1", 1.0, 26, 0.9897, 0.9897, 0.9443, 0.9343},
    {"lirs-multi1", 10.0, 261, 0.5655, 0.6588, 0.5311, 0.5190},
    {"lirs-sprite", 1.0, 71, 0.8351, 0.8284, 0.8143, 0.7850},
    {"lirs-sprite", 10.0, 708, 0.1349, 0.1805, 0.1807, 0.1385},
    {"mqsim-tpcc", 0.1, 20, 0.9987, 0.9987, 0.9985, 0.9987},
    {"mqsim-tpcc", 1.0, 205, 0.9956, 0.9956, 0.9952, 0.9956},
    {"mqsim-tpcc", 10.0, 2047, 0.9939, 0.9939, 0.9934, 0.9937},
};

}  // namespace policy_quality
