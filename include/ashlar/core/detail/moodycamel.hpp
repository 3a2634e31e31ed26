// SPDX-License-Identifier: BSL-1.0
#pragma once

// Debian and vcpkg install the queue's headers in concurrentqueue/, its own install rule below that in moodycamel/.
#if __has_include(<concurrentqueue/blockingconcurrentqueue.h>)
#include <concurrentqueue/blockingconcurrentqueue.h>
#include <concurrentqueue/concurrentqueue.h>
#elif __has_include(<concurrentqueue/moodycamel/blockingconcurrentqueue.h>)
#include <concurrentqueue/moodycamel/blockingconcurrentqueue.h>
#include <concurrentqueue/moodycamel/concurrentqueue.h>
#elif __has_include(<moodycamel/blockingconcurrentqueue.h>)
#include <moodycamel/blockingconcurrentqueue.h>
#include <moodycamel/concurrentqueue.h>
#elif __has_include(<blockingconcurrentqueue.h>)
#include <blockingconcurrentqueue.h>
#include <concurrentqueue.h>
#else
#error \
    "[ashlar] concurrentqueue: its headers were not found; install libconcurrentqueue-dev (Debian) or concurrentqueue (vcpkg, Conan) and link ashlar::ashlar"
#endif
