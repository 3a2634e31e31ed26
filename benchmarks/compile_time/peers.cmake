# SPDX-License-Identifier: BSL-1.0
target_compile_definitions(${program} PRIVATE ASHLAR_COMPILER="${CMAKE_CXX_COMPILER}")
