#!/usr/bin/env bash
# Runs every test. Installs what a fresh machine lacks (the .NET SDK itself must be there), prints the branch coverage of the rooms that have a
# floor, and ends with `N passed, N failed, N skipped`.
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

floor=0.85
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

command -v dotnet >/dev/null || { echo "The .NET 10 SDK is needed: https://dot.net/download" >&2; exit 1; }
# Segments are compressed by the system's libzstd, and the metastore prefers the system's SQLite; both have a stand-in, so a failure here is none.
if ! ldconfig -p 2>/dev/null | grep -q libzstd.so.1 || ! ldconfig -p 2>/dev/null | grep -q libsqlite3.so.0; then
    { apt-get update -qq && apt-get install -y -qq libzstd1 libsqlite3-0; } >/dev/null 2>&1 || true
fi

command -v curl >/dev/null || { apt-get update -qq && apt-get install -y -qq curl; } >/dev/null

echo "Building…"
dotnet build Picket.slnx --configuration Release --verbosity quiet

# The rooms whose branch coverage has a floor. Counting takes time, and no other is asked for it.
rooms=(Picket.Detection Picket.Events Picket.Query Picket.Storage)

failed_run=0
for project in tests/*.Tests; do
    name=$(basename "$project")
    echo "Running $name…"
    collect=()
    [[ " ${rooms[*]} " == *" ${name%.Tests} "* ]] && collect=(--collect "XPlat Code Coverage")
    dotnet test "$project" --configuration Release --no-build "${collect[@]}" \
        --results-directory "$results/$name" --blame-hang-timeout 12m --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" --verbosity quiet || failed_run=1
done

# One room's branch coverage by its own tests.
coverage() {
    local file
    file=$(find "$results/$1.Tests" -name coverage.cobertura.xml | head -n 1)
    grep -o "<package name=\"$1\"[^>]*" "$file" | grep -o 'branch-rate="[^"]*"' | cut -d '"' -f 2
}
for room in "${rooms[@]}"; do
    rate=$(coverage "$room")
    echo "Branch coverage of $room: $(awk -v r="$rate" 'BEGIN { printf "%.1f%%", r * 100 }')"
    awk -v r="$rate" -v f="$floor" 'BEGIN { exit !(r >= f) }' || { echo "That is below the floor of 85%." >&2; failed_run=1; }
done

count() { cat "$results"/*/*.trx | grep -o "<Counters [^>]*" | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' | awk '{ sum += $1 } END { print sum + 0 }'; }
total=$(count total) passed=$(count passed) failed=$(count failed)
echo "$passed passed, $failed failed, $((total - passed - failed)) skipped"
exit "$failed_run"
