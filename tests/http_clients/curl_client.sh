#!/usr/bin/env bash
# A whole upload by curl, four parts at a time, each repeated until it is taken.   curl_client.sh URL FILE
# Prints the node's id.
set -euo pipefail
server=$1 file=$2
size=$(stat --format=%s "$file") chunk=1000000
count=$(((size + chunk - 1) / chunk))

# --retry waits as Retry-After says. --retry-all-errors: a broken connection too, and every call may be repeated.
call() { curl -sS --fail-with-body --retry 20 --retry-all-errors --retry-max-time 60 --retry-connrefused "$@"; }
field() { grep -o "\"$1\":\"[^\"]*\"" | cut -d'"' -f4; }

begun=$(call -H 'Content-Type: application/json' -d "{
  \"connectorId\": \"curl\", \"name\": \"file.bin\", \"idempotencyKey\": \"curl-$$-$RANDOM\",
  \"expectedSize\": $size, \"chunkSize\": $chunk}" "$server/v1/uploads")
upload=$(field uploadId <<<"$begun")

put() { # NUMBER: a file, for only that can be sent again
  local part
  part=$(mktemp)
  dd if="$file" of="$part" bs=$chunk skip="$1" count=1 status=none
  call -T "$part" "$server/v1/uploads/$upload/parts/$1" >&2
  rm "$part"
}

for ((n = 0; n < count; ++n)); do
  while [ "$(jobs -rp | wc -l)" -ge 4 ]; do wait -n; done
  put "$n" &
done
while [ "$(jobs -rp | wc -l)" -gt 0 ]; do wait -n; done
complete() { call -H 'Content-Type: application/json' -d "{\"totalChunks\": $count}" "$server/v1/uploads/$upload/complete"; }
until [ "$(complete | field state)" = COMPLETED ]; do sleep 0.2; done
field nodeId <<<"$begun"
