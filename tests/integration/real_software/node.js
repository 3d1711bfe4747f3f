// An HTTP server and its client, a worker thread, a child process and files.
const http = require('http');
const fs = require('fs/promises');
const {execFile} = require('child_process');
const {Worker} = require('worker_threads');
const {promisify} = require('util');

const inWorker = () => new Promise((resolve, reject) => {
  const worker = new Worker('require("worker_threads").parentPort.postMessage(6 * 7)', {eval: true});
  worker.once('message', resolve).once('error', reject);
});

const get = (url) => new Promise((resolve, reject) => {
  http.get(url, (answer) => {
    let text = '';
    answer.on('data', (part) => text += part).on('end', () => resolve(text));
  }).on('error', reject);
});

const main = async () => {
  const {stdout} = await promisify(execFile)('echo', ['hi']);
  await fs.writeFile('/tmp/node', stdout);
  if (await fs.readFile('/tmp/node', 'utf8') !== 'hi\n') throw new Error('file');
  const number = await inWorker();
  const server = http.createServer((request, answer) => answer.end(String(number)));
  await new Promise((resolve) => server.listen(8002, '127.0.0.1', resolve));
  console.log('answer: ' + await get('http://127.0.0.1:8002/'));
  server.close();
  process.exit(0);
};

main().catch((error) => { console.error(error); process.exit(1); });
