# expect failure: ashlar needs the package 'concurrentqueue' or 'unofficial-concurrentqueue'
installed(hwy hwy::hwy)
find_package(ashlar CONFIG REQUIRED)
