# expect failure: requested version "99\.0"
core_is_installed()
find_package(ashlar 99.0 CONFIG REQUIRED)
