#!/usr/bin/env bash
# The five documented curl steps send document.pdf, which lies in the folder that this runs in.
#
#     client.sh SERVER
#
# The steps are the documented ones, word for word, but for the server's address: people have them in their scripts. What is
# around them is ours. Prints the last answer about the status, and the list; then the final status.
set -euo pipefail
SERVER=$1

# 1. Get authentication token
TOKEN=$(curl -s -X POST $SERVER/api/auth/token/ \
  -H "Content-Type: application/json" \
  -d '{"username":"admin","password":"admin123"}' \
  | jq -r '.token')

# 2. Upload a file
FILENAME=$(curl -s -X POST $SERVER/api/fax/upload/ \
  -H "Authorization: Token $TOKEN" \
  -F "file=@document.pdf" \
  | jq -r '.filename')

# 3. Send fax
UUID=$(curl -s -X POST $SERVER/api/fax/send/ \
  -H "Authorization: Token $TOKEN" \
  -H "Content-Type: application/json" \
  -d "{
    \"username\": \"5551234567\",
    \"filename\": \"$FILENAME\",
    \"numbers\": \"5559876543\"
  }" | jq -r '.uuid')

check_status() {
# 4. Check status
curl -X GET $SERVER/api/fax/status/$UUID/ \
  -H "Authorization: Token $TOKEN" | jq
}
while
  ANSWER=$(check_status)
  STATUS=$(jq -r '.status' <<<"$ANSWER")
  [ "$STATUS" = pending ] || [ "$STATUS" = processing ]
do
  sleep 0.05
done
echo "$ANSWER"

# 5. List all faxes
curl -X GET $SERVER/api/fax/list/ \
  -H "Authorization: Token $TOKEN" | jq

echo "Fax status: $STATUS"
