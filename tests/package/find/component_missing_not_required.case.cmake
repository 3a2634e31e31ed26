# expect: the case for ashlar [0-9.]+ ended
core_is_installed()
find_package(ashlar CONFIG QUIET COMPONENTS zlib)
check(NOT ashlar_FOUND)
check(NOT ashlar_zlib_FOUND)
