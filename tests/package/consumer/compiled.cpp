// SPDX-License-Identifier: BSL-1.0
int compiled_the_same_way();
int compiled_the_same_way() { return 0; }
