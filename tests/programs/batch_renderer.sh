#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# What examples/batch_renderer promises, on a small tree. Usage: batch_renderer.sh PROGRAM SCRATCH_DIR
set -u
program=$1
scratch=$2
rm -rf "$scratch" && mkdir -p "$scratch" && cd "$scratch" || exit 1
checked=0

fail() {
  echo "FAILED: $*"
  [ -f log ] && cat log
  exit 1
}
# run STATUS ARGUMENT… : the program ends with STATUS; what it prints is in log
run() {
  local wanted=$1
  shift
  "$program" "$@" >log 2>&1
  local status=$?
  [ "$status" = "$wanted" ] || fail "'$*' ended with $status instead of $wanted"
}
says() {
  grep -Eq -- "$1" log || fail "expected to read: $1"
  checked=$((checked + 1))
}
pictures() { find "$1" -name '*.png' | wc -l; }

mkdir -p tree/a/b
for i in $(seq 1 300); do
  for line in $(seq 1 $((i % 40 + 1))); do echo "int value_$line = $i;  // line $line"; done >tree/a/file_$i.h
done
: >tree/empty
head -c 3000 /dev/urandom >tree/a/b/binary
printf '\0\1\2' >>tree/a/b/binary
printf 'h\303\251llo\n' >"tree/a/na\303\257ve \303\274.txt"
ln -s file_1.h tree/a/link.h

# A directory: every regular file, once; a second run with --resume does nothing.
run 0 tree -o out -c cache --summary
says '^done +303 \(1 empty, 1 binary'
says 'summary\.json: 303 records, 303 done, 0 failed, 0 damaged'
[ "$(pictures out)" = 303 ] || fail "there are $(pictures out) pictures instead of 303"
run 0 tree -o out -c cache --resume
says '^done +0 '
says '^skipped +303 '

# A lost picture and a changed file are done again, nothing else.
rm out/empty.png
echo 'int more;' >>tree/a/file_7.h
run 0 tree -o out -c cache --resume
says '^done +2 '

# A damaged record harms only itself.
victim=$(find cache/file_caches -type f | sort | head -1)
printf 'damage' | dd of="$victim" bs=1 seek=40 conv=notrunc 2>/dev/null
run 0 tree -o out -c cache --resume
says '^done +1 '
says '^healed +1 '

# A list: blank lines, CRLF, duplicates under several names, missing files, directories, devices.
printf 'tree/empty\r\n\r\n\ntree/a/b/binary\n./tree/a/../a/b/binary\ntree/a/b/binary\ntree/missing\ntree/a\n/dev/null\n' >list
run 1 list -o out2 -c cache2
says '^files +5 \(2 duplicate and 2 blank lines'
says '^done +2 '
says '^failed +3$'
says "cannot open '.*/tree/missing': No such file or directory"
says "cannot render '.*/tree/a': it is a directory"
says "cannot render '/dev/null': it is no regular file"
echo 'now here' >tree/missing
run 1 list -o out2 -c cache2 --resume
says '^done +1 '
says '^skipped +2 '
rm tree/missing

# Another output directory has no pictures yet; a stranger's file is left alone; a very long name is fine.
mkdir out_b && echo precious >out_b/video.99999.part
long=$(printf 'x%.0s' $(seq 1 245))
echo 'int x;' >"tree/$long"
run 0 tree -o out_b -c cache --resume
says '^done +304 '
[ "$(pictures out_b)" = 304 ] || fail "there are $(pictures out_b) pictures in the second directory"
[ -e out_b/video.99999.part ] || fail "a file that is not ours was removed"
rm "tree/$long"

# Paths that cannot have a picture fail alone; what renders itself is refused.
mkdir -p clash/name.png && echo a >clash/name && echo b >clash/name.png/below
run 1 clash -o out_c -c cache_c
says '^failed +1$'
says '^done +1 '
run 2 tree -o tree -c cache_d
says 'is the directory that is to be rendered'
printf 'tree/a\0b\n' >zero
run 2 zero -o out_e -c cache_e
says "is no list of paths: line 1 holds a zero byte"
printf '\357\273\277tree/empty\n' >marked
run 0 marked -o out_f -c cache_f
says '^done +1 '

# Lines and lines of nothing: memory stays small.
head -c 8000000 /dev/zero | tr '\0' '\n' >lines
echo lines >lines_list
run 0 -o out_g -c cache_g -- lines_list
says '^done +1 '

# Wrong usage.
run 2 tree -o -c x
says '-o needs a value'
run 2 no_such_list
says "cannot read 'no_such_list': No such file or directory"
run 2 tree -j zero
says "-j takes a number from 1 to 256, not 'zero'"
run 2 tree --what
says "unknown option '--what'"
run 2 tree --resume=yes
says '--resume takes no value'
run 2 tree --out=
says '-out needs a value'
run 0 --out=out_h --cache=cache_h --jobs=1 -- lines_list
says '^done +1 '
: >nothing
run 0 nothing -o out3 -c cache3
says "nothing to do: 'nothing' names no file"

# Killed in the middle, then resumed: the rest is done, and nothing twice.
"$program" tree -o out4 -c cache4 -j 1 >/dev/null 2>&1 &
pid=$!
for _ in $(seq 1 500); do
  [ "$(find cache4/file_caches -type f 2>/dev/null | wc -l)" -ge 20 ] && break
  sleep 0.01
done
kill -9 $pid
wait $pid 2>/dev/null
before=$(find cache4/file_caches -type f | wc -l)
run 0 tree -o out4 -c cache4 --resume --summary
done_now=$(sed -n 's/^done *\([0-9]*\).*/\1/p' log)
[ $((before + done_now)) = 303 ] || fail "$before before the kill and $done_now after it are not 303"
says 'summary\.json: 303 records, 303 done, 0 failed, 0 damaged'
[ -z "$(find out4 -name '*.part')" ] || fail "half-written pictures were left"

# Four processes at once: every file is rendered, each is recorded once.
for i in 1 2 3 4; do "$program" tree -o out5 -c cache5 >log$i 2>&1 & done
wait
[ "$(pictures out5)" = 303 ] || fail "four processes made $(pictures out5) pictures"
run 0 tree -o out5 -c cache5 --resume --summary
says '^skipped +303 '
says 'summary\.json: 303 records, 303 done, 0 failed, 0 damaged'

# The same with records in segment logs; the other backend's store is refused.
for i in 1 2 3 4; do "$program" tree -o out9 -c cache9 --backend segment_log >log$i 2>&1 & done
wait
[ "$(pictures out9)" = 303 ] || fail "four processes made $(pictures out9) pictures"
run 0 tree -o out9 -c cache9 --resume --summary --backend segment_log
says '^skipped +303 '
says 'summary\.json: 303 records, 303 done, 0 failed, 0 damaged'
run 2 tree -o out9 -c cache9 --resume
says 'segment_log'

# An old cache: one JSON object, path to entry; what is malformed is reported with its place.
cat >old.json <<JSON
{
  "tree/empty": {"status": "success", "width": 1},
  "$PWD/tree/a/file_1.h": {"status": "failed", "error": "old reason"},
  "$PWD/tree/a/file_2.h": ["not an object"]
}
JSON
run 0 tree -o out6 -c cache6 --legacy-cache old.json --resume
says '^legacy +2 migrated, 0 already there, 1 malformed'
says 'old.json: line 4, column 3 .*is not an object'
says '^done +302 '
says '^skipped +1 '
printf '{"a": {"status": "done"}, "b": ' >broken.json
run 2 tree -o out7 -c cache7 --legacy-cache broken.json
says 'breaks off'

# Nothing can be written: a clear message, and what was done stays.
if [ -e /dev/full ] && [ "$(id -u)" = 0 ] && mkdir full && mount -t tmpfs -o size=300k tmpfs full 2>/dev/null; then
  run 3 tree -o full/out -c cache8
  says 'No space left on device'
  umount full
  run 0 tree -o full/out -c cache8 --resume
  says '^done +303 '
else
  echo "the full disk was not tried: it needs root and mount"
fi

[ "$checked" -gt 25 ] || fail "only $checked expectations were checked"
echo "$checked expectations hold"
