// expect: \[ashlar\] batch: a batch holds at least one item
#include <ashlar/pipeline/batch.hpp>

#ifdef FIXED
auto stage = ashlar::batch<1>();
#else
auto stage = ashlar::batch<0>();
#endif
