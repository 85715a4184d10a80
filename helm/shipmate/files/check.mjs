// `helm test`: whether each part answers as it should, asked from inside the cluster. It is run by --eval: arguments,
// ROLE=HOST:PORT…, begin at 1.
import { connect } from 'node:net';

const SECONDS = 30;

const checks = {
  async 'web-edge'(at) {
    const conf = await text(`http://${at}/tmate.conf`);
    if (!/ed25519-fingerprint "SHA256:/.test(conf)) throw new Error('tells no fingerprint');
  },
  async broker(at) {
    const description = JSON.parse(await text(`http://${at}/v1/openapi.json`));
    if (!description.openapi) throw new Error('describes no API');
  },
  async 'ssh-edge'(at) {
    const said = await banner(at);
    if (!said.startsWith('SSH-2.0-')) throw new Error(`says ${JSON.stringify(said)}`);
  },
};

let failed = 0;
for (const target of process.argv.slice(1)) {
  const [role, at] = target.split('=');
  try {
    await checks[role](at);
    console.log(`${target} answers`);
  } catch (error) {
    failed += 1;
    console.log(`${target} fails: ${error.cause?.message ?? error.message}`);
  }
}
process.exitCode = failed === 0 ? 0 : 1;

async function text(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(SECONDS * 1000) });
  if (!response.ok) throw new Error(`answers ${response.status}`);
  return await response.text();
}

function banner(at) {
  const [, host, port] = /^(.*):(\d+)$/.exec(at);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port) });
    socket.setTimeout(SECONDS * 1000, () => socket.destroy(new Error('says nothing')));
    socket.on('error', reject);
    socket.once('data', (data) => {
      resolve(data.toString('latin1'));
      socket.destroy();
    });
  });
}
