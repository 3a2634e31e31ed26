# expect failure: ashlar needs the package 'hwy' or 'highway'
installed(concurrentqueue concurrentqueue::concurrentqueue)
find_package(ashlar CONFIG REQUIRED)
