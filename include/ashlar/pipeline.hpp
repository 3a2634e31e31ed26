// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/pipeline/collect.hpp>
#include <ashlar/pipeline/concepts.hpp>
#include <ashlar/pipeline/executor.hpp>
#include <ashlar/pipeline/failure.hpp>
#include <ashlar/pipeline/filter.hpp>
#include <ashlar/pipeline/from.hpp>
#include <ashlar/pipeline/generate.hpp>
#include <ashlar/pipeline/link.hpp>
#include <ashlar/pipeline/ordered.hpp>
#include <ashlar/pipeline/pipeline.hpp>
#include <ashlar/pipeline/run_options.hpp>
#include <ashlar/pipeline/run_report.hpp>
#include <ashlar/pipeline/sink.hpp>
#include <ashlar/pipeline/stage.hpp>
#include <ashlar/pipeline/stage_context.hpp>
#include <ashlar/pipeline/transform.hpp>
#include <ashlar/pipeline/weight.hpp>
