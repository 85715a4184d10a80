import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { connect, TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { Stage, TEST_PAIRS } from '#testing';
import { readCertificate } from './certificate.js';

const stage = new Stage();
afterEach(async () => await stage.clear());
const { localhost, renewed } = TEST_PAIRS;

describe('a certificate', () => {
  it('tells its names and its time', () => {
    const certificate = readCertificate(localhost.cert, localhost.key);
    expect(certificate.names).toEqual(['localhost', 'share.example', '127.0.0.1']);
    expect(new Date(certificate.validTo).getUTCFullYear()).toBe(2124);
    expect(['localhost', '127.0.0.1', 'other.example'].map((name) => certificate.covers(name))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it.each([
    ['no PEM', 'nonsense', localhost.key, /the certificate cannot be used/],
    [
      'a key that is none',
      localhost.cert,
      localhost.key.replace('PRIVATE KEY-----\n', 'PRIVATE KEY-----\nAAAA'),
      /the key cannot be used/,
    ],
    ['a key of another', localhost.cert, renewed.key, /the key does not match the certificate/],
  ])('with %s is refused, and nothing of the key is told', (_, cert, key, why) => {
    const refused = (): unknown => readCertificate(cert, key);
    expect(refused).toThrow(why);
    try {
      refused();
    } catch (error) {
      for (const line of key.split('\n').filter((line) => !line.startsWith('-') && line !== '')) {
        expect(String((error as Error).stack)).not.toContain(line);
      }
    }
  });

  it('is served as Mozilla has it: TLS 1.2 and 1.3, with forward secrecy', async () => {
    const { context: secureContext } = readCertificate(localhost.cert, localhost.key);
    const server = createServer((raw) => {
      new TLSSocket(raw, { isServer: true, secureContext }).on('error', () => undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    stage.onClear(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const shake = async (options: object): Promise<string> => {
      const socket = connect({
        port,
        host: '127.0.0.1',
        servername: 'localhost',
        rejectUnauthorized: false,
        ...options,
      });
      stage.onClear(() => void socket.destroy());
      await once(socket, 'secureConnect');
      return `${socket.getProtocol() ?? ''} ${socket.getCipher().name}`;
    };
    expect(await shake({})).toMatch(/^TLSv1\.3 TLS_/);
    expect(await shake({ maxVersion: 'TLSv1.2' })).toMatch(/^TLSv1\.2 ECDHE-ECDSA-AES128-GCM-SHA256$/);
    await expect(shake({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' })).rejects.toThrow(
      /handshake failure/,
    );
    await expect(
      shake({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' }),
    ).rejects.toThrow(/protocol version/);
  });
});
