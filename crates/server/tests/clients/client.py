"""The documented Python client sends a fax.

    client.py API TOKEN DOCUMENT SENDER RECIPIENT

The class is the documented one, word for word: programs that contain it have to go on working. What uses it is ours. Prints
what the API answered to the upload, to the send and at last about the status, one JSON object a line; then the final status.
"""

import json
import sys
import time

import requests

class FaxAPIClient:
    def __init__(self, base_url, token):
        self.base_url = base_url
        self.headers = {
            'Authorization': f'Token {token}',
            'Content-Type': 'application/json'
        }
    
    def upload_file(self, file_path):
        with open(file_path, 'rb') as f:
            files = {'file': f}
            response = requests.post(
                f'{self.base_url}/upload/',
                headers={'Authorization': self.headers['Authorization']},
                files=files
            )
        return response.json()
    
    def send_fax(self, sender, filename, recipients):
        data = {
            'username': sender,
            'filename': filename,
            'numbers': ','.join(recipients)
        }
        response = requests.post(
            f'{self.base_url}/send/',
            headers=self.headers,
            json=data
        )
        return response.json()
    
    def get_status(self, uuid):
        response = requests.get(
            f'{self.base_url}/status/{uuid}/',
            headers=self.headers
        )
        return response.json()


api, token, document, sender, recipient = sys.argv[1:]
client = FaxAPIClient(api, token)

uploaded = client.upload_file(document)
queued = client.send_fax(sender, uploaded['filename'], [recipient])
status = client.get_status(queued['uuid'])
while status['status'] in ('pending', 'processing'):
    time.sleep(0.05)
    status = client.get_status(queued['uuid'])

for answer in (uploaded, queued, status):
    print(json.dumps(answer))
print(f"Fax status: {status['status']}")
