# expect: the case for ashlar [0-9.]+ ended
# The system has a Highway under one name, the consumer's prefix another under the other name: the consumer's is taken.
installed(concurrentqueue concurrentqueue::concurrentqueue)
installed(highway highway::highway)
installed(hwy hwy::hwy)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/system/lib/cmake)
file(RENAME ${PROJECT_BINARY_DIR}/installed/lib/cmake/hwy ${PROJECT_BINARY_DIR}/system/lib/cmake/hwy)
set(CMAKE_FIND_USE_CMAKE_SYSTEM_PATH ON)
set(CMAKE_SYSTEM_PREFIX_PATH ${PROJECT_BINARY_DIR}/system)
find_package(ashlar CONFIG REQUIRED)
check_linked(highway highway::highway)
