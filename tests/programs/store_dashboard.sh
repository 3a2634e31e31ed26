#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# What store_dashboard promises: the same sales from generated rows and from a CSV of them, a report that needs nothing
# else, and faults that say file, line and what to write.
set -euo pipefail
program=$1
scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"
fail() { echo "store_dashboard: $1" >&2; exit 1; }

shape=(--stores 6 --rows 300 --days 20)
run=(--views 200 --memory-mib 4)
"$program" "${shape[@]}" --write-csv rows.csv
[[ $(wc -l < rows.csv) -eq 1801 ]] || fail "not one line for each row, and a header"
"$program" "${shape[@]}" "${run[@]}" --html generated.html > generated.txt
"$program" --csv rows.csv "${run[@]}" --html csv.html > csv.txt
sales() { grep -o '<b>[^<]*</b><span>\(revenue\|margin\|order lines\|stores\)' "$1"; }
[[ $(sales generated.html | wc -l) -eq 4 ]] || fail "the report lacks the sales"
[[ $(sales generated.html) == "$(sales csv.html)" ]] || fail "the CSV gives other sales than the rows it was made of"
[[ $(grep -c '^<svg' generated.html) -eq 4 ]] || fail "the report lacks a chart"
! grep -qE '(src|href)=' generated.html || fail "the report needs other files"
for part in 'stage everybody' 'stage hot' 'stage cold' 'late rows' ', 0 differ' 'packed size of the rows'; do
  grep -q "$part" generated.txt || fail "nothing is said of: $part"
done
"$program" --stores 100 --rows 20 --days 60 --views 20000 --memory-mib 16 --html alerts.html > alerts.txt
for alert in 'alert: hit ratio of views in the last 30 minutes passed' 'minutes came back over'; do
  grep -q "$alert" alerts.txt || fail "no alert says: $alert"
done
sed 's/$/\r/' rows.csv > crlf.csv
"$program" --csv crlf.csv "${run[@]}" --html crlf.html > /dev/null || fail "CRLF is refused"

# wrong STATUS TEXT ARGUMENTS…: the program must end with STATUS and say TEXT.
wrong() {
  local wanted=$1 text=$2 status=0
  shift 2
  "$program" "$@" > out.txt 2> err.txt || status=$?
  [[ $status -eq $wanted ]] || fail "status $status instead of $wanted for: $*"
  grep -qF -- "$text" err.txt || fail "'$(cat err.txt)' does not say '$text'"
}
row='1,2025-01-02,10:00:00,1,5,2,1.99,1.00,web'
bad() { { head -1 rows.csv; echo "$row"; echo "$1"; } > bad.csv; wrong 1 "$2" --csv bad.csv; }
bad '1,2025-01-02,10:00:00,1,5,x2,1.99,1.00,web' "bad.csv:3: bad quantity 'x2'; write a whole number"
bad '1,2025-01-02,10:00:00,1,5,2,1.99' 'bad.csv:3: has 7 columns instead of 9'
bad '1,2025-02-30,10:00:00,1,5,2,1.99,1.00,web' "bad.csv:3: bad date '2025-02-30'"
bad '1,2025-01-02,25:00:00,1,5,2,1.99,1.00,web' "bad.csv:3: bad time '25:00:00'"
bad '1,2025-01-02,10:00:00,1,5,2,nan,1.00,web' "bad.csv:3: bad unit_price 'nan'"
bad '1,2025-01-02,10:00:00,1,5,2,1.99,1.00,fax' "bad.csv:3: bad channel 'fax'; write counter"
echo 'a,b' > bad.csv
wrong 1 'bad.csv:1: the first line must be' --csv bad.csv
head -1 rows.csv > bad.csv
wrong 1 'bad.csv: has no row' --csv bad.csv
wrong 1 'absent.csv: cannot be opened' --csv absent.csv
wrong 1 'nowhere/report.html: cannot be written' "${shape[@]}" "${run[@]}" --html nowhere/report.html
wrong 2 "--rows 'many': give a whole number from 1" --rows many
wrong 2 "--days '1': give a whole number from 2 to 3660" --days 1
wrong 2 "unknown option '--color'" --color
wrong 2 '--csv needs a value' --csv
"$program" --help | grep -q '^usage: store_dashboard' || fail "no help"
