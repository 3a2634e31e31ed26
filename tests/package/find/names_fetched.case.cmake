# expect: the case for ashlar [0-9.]+ ended
add_library(hwy INTERFACE)
add_library(concurrentqueue INTERFACE)
find_package(ashlar CONFIG REQUIRED)
check_linked(highway hwy)
check_linked(concurrentqueue concurrentqueue)
