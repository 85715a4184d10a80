// ssh2, the library that the server's transport stands on, as a client.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import ssh2 from 'ssh2';

const [host, port, username, key] = process.argv.slice(2);
if (host === '--version') {
  console.log(createRequire(import.meta.url)('ssh2/package.json').version);
  process.exit();
}
const size = () => ({ cols: process.stdout.columns, rows: process.stdout.rows, width: 0, height: 0 });
const client = new ssh2.Client();
client.on('error', (error) => {
  console.error(error.message);
  process.exit(255);
});
client.on('ready', () =>
  client.shell({ term: process.env.TERM, ...size() }, (error, stream) => {
    if (error) throw error;
    process.stdin.setRawMode(true);
    process.stdin.on('data', (data) => stream.write(data));
    process.stdout.on('resize', () => stream.setWindow(size().rows, size().cols, 0, 0));
    stream.on('data', (data) => process.stdout.write(data));
    stream.stderr.on('data', (data) => process.stderr.write(data));
    let status = 255;
    stream.on('exit', (code) => (status = code));
    stream.on('close', () => {
      process.stdin.setRawMode(false);
      client.end();
      process.exit(status);
    });
  }),
);
client.connect({
  host,
  port: Number(port),
  username,
  ...(key === undefined ? {} : { privateKey: readFileSync(key) }),
});
