# expect: the case for ashlar [0-9.]+ ended
installed(hwy hwy::hwy)
file(WRITE ${PROJECT_BINARY_DIR}/installed/include/concurrentqueue/concurrentqueue.h "")
find_package(ashlar CONFIG REQUIRED)
get_target_property(folder ashlar::needs_concurrentqueue INTERFACE_INCLUDE_DIRECTORIES)
check(folder STREQUAL "${PROJECT_BINARY_DIR}/installed/include")
