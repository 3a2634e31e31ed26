// SPDX-License-Identifier: BSL-1.0
#pragma once

// Debian and vcpkg install the queue's headers in concurrentqueue/, its own install rule below that in moodycamel/.
#if __has_include(<concurrentqueue/concurrentqueue.h>)
#include <concurrentqueue/concurrentqueue.h>
#elif __has_include(<concurrentqueue/moodycamel/concurrentqueue.h>)
#include <concurrentqueue/moodycamel/concurrentqueue.h>
#elif __has_include(<moodycamel/concurrentqueue.h>)
#include <moodycamel/concurrentqueue.h>
#elif __has_include(<concurrentqueue.h>)
#include <concurrentqueue.h>
#else
#error \
    "[ashlar] concurrentqueue: its headers were not found; install libconcurrentqueue-dev (Debian) or concurrentqueue (vcpkg, Conan) and link ashlar::ashlar"
#endif
