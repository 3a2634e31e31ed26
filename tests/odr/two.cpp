// SPDX-License-Identifier: BSL-1.0
#include <odr/everything.hpp>

int from_the_other_unit();
int from_the_other_unit() { return 0; }
