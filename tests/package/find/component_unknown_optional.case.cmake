# expect: the case for ashlar [0-9.]+ ended
core_is_installed()
find_package(ashlar CONFIG REQUIRED OPTIONAL_COMPONENTS memcached)
check(ashlar_FOUND)
check(NOT ashlar_memcached_FOUND)
