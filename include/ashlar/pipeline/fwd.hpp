// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>

namespace ashlar::inline v0 {

class Executor;
class StageError;
struct Failure;
struct Progress;
struct RunOptions;
struct RunReport;
struct StageContext;

template <class T>
class Channel;
template <class... Stages>
class Pipeline;
template <class Operation, std::size_t N>
class Stage;

}  // namespace ashlar::inline v0
