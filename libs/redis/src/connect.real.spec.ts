import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { edgeId } from '#kernel';
import { freePort, RedisCertificates, RedisServer } from '#testing';
import { connectRedis, type RedisBackplane } from './connect.js';
import { realClock } from './real-clock.fixture.js';

const open: RedisBackplane[] = [];
const connect = async (url: string, ca?: string): Promise<RedisBackplane> => {
  const settings = { url, name: 'test', ...(ca !== undefined && { ca }) };
  const backplane = await connectRedis(settings, { clock: realClock, startTimeoutMs: 800 });
  open.push(backplane);
  return backplane;
};

afterEach(() => {
  for (const backplane of open.splice(0)) backplane.close();
});

const works = async ({ bus, directory }: RedisBackplane): Promise<void> => {
  let heard = '';
  const channel = `relay:{${open.length}}:out`;
  await bus.subscribe(channel, { message: (bytes) => void (heard += new TextDecoder().decode(bytes)) });
  expect(await bus.publish(channel, Buffer.from('x'))).toBe(1);
  await expect.poll(() => heard).toBe('x');
  await directory.removeEdge(edgeId('edge-a'));
};

describe('TLS', () => {
  let certificates: RedisCertificates;
  let server: RedisServer;
  let port: number;

  beforeAll(async () => {
    certificates = await RedisCertificates.make();
    port = await freePort();
    server = await RedisServer.start(['--tls-port', `${port}`, ...certificates.serverArgs]);
  });
  afterAll(async () => {
    await server.stop();
    certificates.dispose();
  });

  it('carries the bus and the directory, with certificates from a file or a text', async () => {
    await works(await connect(`rediss://127.0.0.1:${port}?ca=${certificates.ca}`));
    await works(await connect(`rediss://127.0.0.1:${port}`, readFileSync(certificates.ca, 'utf8')));
  });

  it('refuses a server whose certificate is from somebody else, and a file that is not there', async () => {
    const start = connect(`rediss://127.0.0.1:${port}?ca=${certificates.otherCa}`);
    const error: unknown = await start.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'unavailable' });
    expect((error as Error).message).toMatch(/^Redis at 127\.0\.0\.1:\d+ cannot be reached: \w*(VERIFY|CERT)\w*$/);
    await expect(connect(`rediss://127.0.0.1:${port}?ca=/nonexistent`)).rejects.toMatchObject({ code: 'config' });
  });
});

describe('the start', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start(['--requirepass', 'hunter2']);
  });
  afterAll(async () => {
    await server.stop();
  });

  it('accepts a password without a user, and users with passwords', async () => {
    await works(await connect(`redis://:hunter2@127.0.0.1:${server.port}`));
    await works(await connect(`redis://default:hunter2@127.0.0.1:${server.port}/3`));
  });

  it.each([
    ['a wrong password', ':wrong-hunter3@', 'config', 'Redis refuses the user or the password: 127.0.0.1:'],
    ['an unknown user', 'ann:wrong-hunter3@', 'config', 'Redis refuses the user or the password: 127.0.0.1:'],
    ['no password', '', 'config', 'Redis requires a password: 127.0.0.1:'],
  ])('refuses %s at once, without telling it', async (_, user, code, message) => {
    const error: unknown = await connect(`redis://${user}127.0.0.1:${server.port}`).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) as string });
    const { stack } = error as Error;
    expect(`${JSON.stringify(error)}${String(stack)}${String((error as Error).cause)}`).not.toContain('hunter');
  });

  it('refuses a database that is not there, and a server that is of no Cluster', async () => {
    const url = `redis://:hunter2@127.0.0.1:${server.port}`;
    await expect(connect(`${url}/999`)).rejects.toMatchObject({ code: 'unavailable' });
    const settings = { url, cluster: true, name: 'test' };
    await expect(connectRedis(settings, { clock: realClock, startTimeoutMs: 800 })).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining('is not part of a Redis Cluster') as string,
    });
  });

  it('says what is not allowed to a user, and not the name of anything', async () => {
    const rules = 'on nopass resetkeys ~shipmate:* resetchannels &relay:* -@all +ping +spublish +ssubscribe';
    await server.cli('-a', 'hunter2', '--no-auth-warning', 'acl', 'setuser', 'bob', ...rules.split(' '));
    const { bus, directory } = await connect(`redis://bob:any@127.0.0.1:${server.port}`);
    const refused = {
      code: 'unavailable',
      message: expect.stringMatching(/^Redis does not let this user run a command/) as string,
    };
    await expect(directory.listEdges()).rejects.toMatchObject(refused);
    await expect(bus.subscribe('secret:{hunter2}', { message: () => undefined })).rejects.toMatchObject(refused);
    await expect(bus.publish('secret:{hunter2}', Buffer.from('x'))).rejects.toMatchObject(refused);
    await bus.subscribe('relay:{1}:in', { message: () => undefined });
  });

  it('says that nobody is there', async () => {
    const nobody = await freePort();
    await expect(connect(`redis://127.0.0.1:${nobody}`)).rejects.toMatchObject({
      code: 'unavailable',
      message: `Redis at 127.0.0.1:${nobody} cannot be reached: ECONNREFUSED`,
    });
  });

  it('waits for a Redis that comes a little later', async () => {
    await server.crash();
    const started = connectRedis(
      { url: `redis://:hunter2@127.0.0.1:${server.port}`, name: 'test' },
      { clock: realClock, startTimeoutMs: 10_000 },
    );
    await server.restart();
    open.push(await started);
    expect(open[0]?.status).toMatchObject({ up: true, why: undefined });
  });

  describe('with a server that is not what it should be', () => {
    let fake: Server;
    let hello = '';
    beforeAll(async () => {
      // Answers HELLO with a given reply, and anything else with OK.
      fake = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.on('data', (bytes) => {
          const commands = bytes.toString().split(/(?=^\*\d)/m);
          for (const command of commands) socket.write(/hello/i.test(command) ? hello : '+OK\r\n');
        });
      });
      await new Promise<void>((resolve) => void fake.listen(0, '127.0.0.1', resolve));
    });
    afterAll(() => void fake.close());

    const map = (fields: Readonly<Record<string, string>>): string =>
      `%${Object.keys(fields).length}\r\n${Object.entries(fields)
        .flat()
        .map((text) => `$${text.length}\r\n${text}\r\n`)
        .join('')}`;

    it.each([
      [map({ version: '6.2.14', mode: 'standalone', role: 'master' }), 'config', 'is too old: 7.0 or newer'],
      ['-ERR unknown command `HELLO`\r\n', 'config', 'is too old: 7.0 or newer'],
      [map({ version: '7.2.0', mode: 'cluster', role: 'master' }), 'config', 'set SHIPMATE_REDIS_CLUSTER'],
      [map({ version: '7.2.0', mode: 'standalone', role: 'replica' }), 'unavailable', 'is a replica'],
      ['', 'unavailable', 'no connection to Redis yet'],
    ])('refuses %j', async (answer, code, message) => {
      hello = answer;
      await expect(connect(`redis://127.0.0.1:${(fake.address() as AddressInfo).port}`)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(message) as string,
      });
    });
  });
});
