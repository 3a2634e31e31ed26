# expect: the case for ashlar [0-9.]+ ended
installed(highway highway::highway)
installed(concurrentqueue concurrentqueue::concurrentqueue)
find_package(ashlar CONFIG REQUIRED)
check_linked(highway highway::highway)
check_linked(concurrentqueue concurrentqueue::concurrentqueue)
