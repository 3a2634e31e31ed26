# expect: the case for ashlar [0-9.]+ ended
core_is_installed()
string(REGEX MATCH "^[0-9]+\\.[0-9]+" minor "${ashlar_version}")
find_package(ashlar ${minor} CONFIG REQUIRED)
check(ashlar_VERSION STREQUAL ashlar_version)
