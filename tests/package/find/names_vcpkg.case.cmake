# expect: the case for ashlar [0-9.]+ ended
installed(hwy hwy::hwy)
installed(unofficial-concurrentqueue unofficial::concurrentqueue::concurrentqueue)
find_package(ashlar CONFIG REQUIRED)
check_linked(highway hwy::hwy)
check_linked(concurrentqueue unofficial::concurrentqueue::concurrentqueue)
