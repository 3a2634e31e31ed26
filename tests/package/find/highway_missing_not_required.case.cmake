# expect: the case for ashlar [0-9.]+ ended
installed(concurrentqueue concurrentqueue::concurrentqueue)
find_package(ashlar CONFIG QUIET)
check(NOT ashlar_FOUND)
check(NOT TARGET ashlar::ashlar)
