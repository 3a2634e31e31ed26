# expect: the case for ashlar [0-9.]+ ended
core_is_installed()
installed(zstd zstd::libzstd_static)
find_package(ashlar CONFIG REQUIRED OPTIONAL_COMPONENTS zlib zstd)
check(ashlar_FOUND)
check(NOT ashlar_zlib_FOUND)
check(NOT TARGET ashlar::zlib)
check(ashlar_zstd_FOUND)
check_linked(zstd zstd::libzstd_static)
