#!/usr/bin/env bash
# Measures every target of the engine over HTTP and, in the same run, the yardsticks: about seven minutes. usage: bench/run.sh [FILE.ndjson]; without a file a million events are generated.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build Picket.slnx --configuration Release --verbosity quiet
bench=bench/Picket.Bench/bin/Release/net10.0/Picket.Bench.dll
picket=src/Picket/bin/Release/net10.0/picket.dll
file=${1:-$(mktemp --suffix .ndjson)}
[ -s "$file" ] || dotnet "$picket" generate 1000000 > "$file"
echo "$(date -u +%F), $(nproc) cores, $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-), $(wc -l < "$file") events, $(stat -c %s "$file") bytes"
dotnet "$bench" parse "$file"
dotnet "$bench" zstd "$file"
dotnet "$bench" http "$picket" "$file"
dotnet "$bench" single "$picket"
dotnet "$bench" queries "$picket" "$file" 10
dotnet "$bench" tenants
dotnet "$bench" neighbours "$picket" "$file"
dotnet "$bench" searchers "$picket" "$file"
dotnet "$bench" tails "$picket"
dotnet "$bench" alerts "$picket" "$file" 50000 12
dotnet "$bench" sqlite "$file"
# Other people's rules and recordings, where they are.
data=$(cd ..; pwd)/shared/data
if [ -d "$data/sigma" ]; then
    rules=("$data/sigma/rules" "$data/sigma/rules-emerging-threats" "$data/sigma/rules-threat-hunting")
    dotnet "$bench" rules "$data/otrf_security_datasets" "${rules[@]}"
    dotnet "$bench" http "$picket" "$file" "${rules[@]}"
fi
