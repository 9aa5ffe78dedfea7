// The documented JavaScript client sends a fax.
//
//     client.js API TOKEN DOCUMENT SENDER RECIPIENT
//
// The class is the documented one, word for word: programs that contain it have to go on working. What uses it is ours. Prints
// what the API answered to the upload, to the send and at last about the status, one JSON object a line; then the final status.

const axios = require('axios');
const FormData = require('form-data');
const fs = require('fs');

class FaxAPIClient {
  constructor(baseUrl, token) {
    this.baseUrl = baseUrl;
    this.token = token;
  }

  async uploadFile(filePath) {
    const form = new FormData();
    form.append('file', fs.createReadStream(filePath));

    const response = await axios.post(
      `${this.baseUrl}/upload/`,
      form,
      {
        headers: {
          'Authorization': `Token ${this.token}`,
          ...form.getHeaders()
        }
      }
    );
    return response.data;
  }

  async sendFax(sender, filename, recipients) {
    const response = await axios.post(
      `${this.baseUrl}/send/`,
      {
        username: sender,
        filename: filename,
        numbers: recipients.join(',')
      },
      {
        headers: {
          'Authorization': `Token ${this.token}`,
          'Content-Type': 'application/json'
        }
      }
    );
    return response.data;
  }

  async getStatus(uuid) {
    const response = await axios.get(
      `${this.baseUrl}/status/${uuid}/`,
      {
        headers: {
          'Authorization': `Token ${this.token}`
        }
      }
    );
    return response.data;
  }
}

async function main(api, token, document, sender, recipient) {
  const client = new FaxAPIClient(api, token);

  const uploaded = await client.uploadFile(document);
  const queued = await client.sendFax(sender, uploaded.filename, [recipient]);
  let status = await client.getStatus(queued.uuid);
  while (['pending', 'processing'].includes(status.status)) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    status = await client.getStatus(queued.uuid);
  }

  for (const answer of [uploaded, queued, status]) {
    console.log(JSON.stringify(answer));
  }
  console.log(`Fax status: ${status.status}`);
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
