// One process of `Hops`: a host that echoes, a home next to it, or an edge that reaches the home through Redis. It says its
// port to its parent, and passes on what comes, as it comes.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

const [role = '', redisPort = '', hostPort = ''] = process.argv.slice(2);
const IN = '{1}in';
const OUT = '{1}out';

function dial(port: string): Socket {
  return connect(Number(port), '127.0.0.1').setNoDelay(true);
}

function serve(accept: (socket: Socket) => void): void {
  const server = createServer({ noDelay: true }, accept);
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
}

const command = (...words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

/** Gives a message of the channel to `hear`; one is small enough to come in one piece. */
function subscribe(channel: string, hear: (text: string) => void): void {
  const redis = dial(redisPort);
  redis.write(command('ssubscribe', channel));
  redis.on('data', (bytes) => {
    const messages = bytes.toString().matchAll(/smessage\r\n\$\d+\r\n[^\r]*\r\n\$\d+\r\n([^\r]*)\r\n/g);
    for (const [, text = ''] of messages) hear(text);
  });
}

function publisher(channel: string): (bytes: Buffer) => void {
  const redis = dial(redisPort).resume();
  return (bytes) => void redis.write(command('spublish', channel, bytes.toString()));
}

if (role === 'host') {
  serve((home) => home.on('data', (bytes) => home.write(bytes)));
} else {
  const mates = new Set<Socket>();
  const show = (bytes: Buffer | string): void => mates.forEach((mate) => mate.write(bytes));
  const onInput = (hear: (bytes: Buffer) => void): void =>
    serve((mate) => {
      mates.add(mate);
      mate.on('data', hear);
    });
  if (role === 'home') {
    const host = dial(hostPort);
    const publish = publisher(OUT);
    subscribe(IN, (text) => host.write(text));
    host.on('data', (bytes) => {
      publish(bytes);
      show(bytes);
    });
    onInput((bytes) => host.write(bytes));
  } else {
    subscribe(OUT, show);
    onInput(publisher(IN));
  }
}
process.on('disconnect', () => process.exit(0));
