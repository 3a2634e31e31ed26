#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# What hit_ratio promises: the same figures whatever the format, JSON lines, a chart, and faults with status 2 or 1.
set -euo pipefail
program=$1
scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"
fail() { echo "hit_ratio: $1" >&2; exit 1; }

# Keys 0 to 255, the low ones more often: as text, as 64-bit keys, and as an ARC trace.
state=1
for ((i = 0; i < 4000; ++i)); do
  state=$(((state * 1103515245 + 12345) % 2147483648))
  key=$((((state / 65536) % 256) * ((state / 16777216) % 128) / 128))
  echo "$key" >> trace.txt
  echo "$key 1 0 $i" >> trace.lis
  # shellcheck disable=SC2059
  printf "\\x$(printf %02x "$key")\0\0\0\0\0\0\0" >> trace.u64
done

options=(--policy all --capacity '10,5%,20%' --json)
for format in txt u64 lis; do
  "$program" "${options[@]}" "trace.$format" | sed 's/"trace":"[^"]*"//' > "$format.json"
done
cmp txt.json u64.json || fail "text and u64 differ"
cmp txt.json lis.json || fail "text and lis differ"
[[ $(wc -l < txt.json) -eq 18 ]] || fail "not one line for each of six policies and three capacities"
grep -q '"policy":"Adaptive","capacity":10,"requests":4000,"miss_ratio":0\.' txt.json || fail "the JSON lacks a field"
"$program" --format text "${options[@]}" trace.u64 > /dev/null || fail "--format does not override"

"$program" --policy lru,s3-fifo --capacity 1%,10%,50% --svg chart.svg trace.txt trace.lis > /dev/null
[[ $(grep -o '<circle' chart.svg | wc -l) -eq 12 ]] || fail "the charts lack a point"
[[ $(grep -c '<line.*stroke-width=.2.' chart.svg) -eq 12 ]] || fail "the charts lack a piece of a curve or of a legend"
[[ $(grep -c 'logarithmic' chart.svg) -eq 2 ]] || fail "an axis does not say its scale"
tail -n 1 chart.svg | grep -q '</svg>' || fail "the chart ends early"
# Where every key has room, all policies miss alike: three lines on one take turns, their points lie within one another.
"$program" --policy fifo,lru,sieve --capacity 10,100%,200% --svg same.svg trace.txt > /dev/null
dashed=$(grep -o "stroke='[^']*' stroke-width='2' stroke-dasharray='8 16' stroke-dashoffset='[^']*'" same.svg)
[[ $(wc -l <<< "$dashed") -eq 3 ]] || fail "not three lines take turns"
for place in 2 8; do [[ $(cut -d "'" -f $place <<< "$dashed" | sort -u | wc -l) -eq 3 ]] || fail "two lines look alike"; done
points=$(grep -o "<circle r='[^']*' fill='[^']*' cx='600.0'" same.svg)
[[ $(sort -u <<< "$points" | wc -l) -eq 3 ]] || fail "a point hides another"

refused() {
  local wanted=$1 status=0
  shift
  "$program" "$@" > /dev/null 2> said.txt || status=$?
  [[ $status -eq $wanted ]] || fail "'$*' ended with $status, not $wanted"
  [[ -s said.txt ]] || fail "'$*' said nothing"
}
refused 2
refused 2 --policy nonesuch trace.txt
refused 2 --capacity 0 trace.txt
refused 2 --capacity 5x trace.txt
refused 2 --format csv trace.txt
refused 2 --nonsense trace.txt
refused 1 absent.txt
printf abc > odd.u64
refused 1 odd.u64
refused 1 --format lis txt.json
refused 1 --svg /nonexistent/chart.svg --capacity 10 --policy fifo trace.txt
