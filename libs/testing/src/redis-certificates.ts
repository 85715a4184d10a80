import { cleanEnv, run } from './program.js';
import { tempDir, type TempDir } from './temp-dir.js';

const SELF_SIGNED = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2';
const REQUEST =
  'req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=redis -addext subjectAltName=IP:127.0.0.1';

/** What redis-servers on 127.0.0.1 need for TLS: one certificate for all of them, by an authority of the test's own. */
export class RedisCertificates {
  private constructor(private readonly dir: TempDir) {}

  static async make(): Promise<RedisCertificates> {
    const dir = tempDir('smt');
    const openssl = async (line: string): Promise<unknown> =>
      await run('openssl', line.split(' '), { cwd: dir.path, env: cleanEnv(dir.path) });
    await openssl(`${SELF_SIGNED} -subj /CN=ca -keyout ca.key -out ca.crt`);
    await openssl(`${SELF_SIGNED} -subj /CN=other -keyout other.key -out other.crt`);
    await openssl(`${REQUEST} -keyout redis.key -out redis.csr`);
    await openssl('x509 -req -in redis.csr -CA ca.crt -CAkey ca.key -days 2 -copy_extensions copy -out redis.crt');
    return new RedisCertificates(dir);
  }

  /** The file of the authority that clients must trust. */
  get ca(): string {
    return this.dir.file('ca.crt');
  }

  /** Another authority, which has signed nothing of this. */
  get otherCa(): string {
    return this.dir.file('other.crt');
  }

  /** The certificate of 127.0.0.1 and its key, for a server of another kind. */
  get server(): { readonly cert: string; readonly key: string } {
    return { cert: this.dir.file('redis.crt'), key: this.dir.file('redis.key') };
  }

  /** redis-server's arguments; `--tls-port` besides. Clients need no certificate. */
  get serverArgs(): readonly string[] {
    const { dir } = this;
    return `--tls-cert-file ${dir.file('redis.crt')} --tls-key-file ${dir.file('redis.key')}
      --tls-ca-cert-file ${this.ca} --tls-auth-clients no`.split(/\s+/);
  }

  dispose(): void {
    this.dir.dispose();
  }
}
