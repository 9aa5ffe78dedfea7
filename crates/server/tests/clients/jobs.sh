#!/usr/bin/env bash
# The documented steps of the Telnyx example send document.pdf, which lies in the folder that this runs in.
#
#     jobs.sh SERVER
#
# The steps are the documented ones, word for word, but for the server's address and the document's path: people have them in their
# scripts. What is around them is ours, and so is the header with the token, which curl takes from its own settings (~/.curlrc).
# Prints the answers; then the final status, and what a cancellation of the finished job is answered.
set -euo pipefail
DOCUMENT=$PWD/document.pdf

export BASE_URL=$1

# 1) Upload Document
UPLOAD_JSON=$(curl -s -X POST "$BASE_URL/v1/uploads" \
  -F "file=@$DOCUMENT")

echo "$UPLOAD_JSON" | jq
UPLOAD_ID=$(echo "$UPLOAD_JSON" | jq -r '.document_upload_id')

# 2) Create Fax Job (Sends Immediately)
JOB_JSON=$(curl -s -X POST "$BASE_URL/v1/fax/jobs" \
  -H "content-type: application/json" \
  -d "{\"document_upload_id\": \"$UPLOAD_ID\", \"destination_fax\": \"+13014001910\", \"destination_country\": \"US\"}")

echo "$JOB_JSON" | jq
FAX_JOB_ID=$(echo "$JOB_JSON" | jq -r '.fax_job_id')

# 3) Check Status; the documented `watch` does the same every 3 seconds
check_status() {
curl -s "$BASE_URL/v1/fax/jobs/$FAX_JOB_ID" | jq '{status,provider_status,failure_reason,progress_percent,progress_label,timeline}'
}
while
  ANSWER=$(check_status)
  STATUS=$(jq -r '.status' <<<"$ANSWER")
  [ "$STATUS" = queued_for_send ] || [ "$STATUS" = sending ]
do
  sleep 0.05
done
echo "$ANSWER"

# 4) Cancel Job (Optional)
curl -s -X POST "$BASE_URL/v1/fax/jobs/$FAX_JOB_ID/cancel" | jq

echo "Fax status: $STATUS"
