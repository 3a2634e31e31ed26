// SPDX-License-Identifier: BSL-1.0
#include <cstdint>

std::uint64_t items();

int main() { return items() == 3 ? 0 : 1; }
