import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ShipmateError } from '#kernel';
import { HostKeys } from '#ssh';

/** The part of Kubernetes' API that a pod may use. */
export interface PodsApi {
  /** `https://10.96.0.1:443` */
  readonly url: string;
  readonly namespace: string;
  /** The service account's. */
  readonly token: string;
}

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
/** For each secret that is made: 256 bits. */
const SECRET_BYTES = 32;
const TIMEOUT_MS = 20_000;

/**
 * What Kubernetes puts into a pod whose service account has its token. The API's certificate is believed by
 * `NODE_EXTRA_CA_CERTS`, which the pod's definition points at the account's `ca.crt`.
 */
export async function thisPodsApi(env: Readonly<Record<string, string | undefined>>): Promise<PodsApi> {
  const host = env['KUBERNETES_SERVICE_HOST'];
  if (host === undefined) throw new ShipmateError('config', 'This is not a Kubernetes pod: there is no API to ask.');
  const [token, namespace] = await Promise.all(
    ['token', 'namespace'].map(async (name) => (await readFile(join(ACCOUNT, name), 'utf8')).trim()),
  );
  const at = host.includes(':') ? `[${host}]` : host;
  return {
    url: `https://${at}:${env['KUBERNETES_SERVICE_PORT'] ?? '443'}`,
    namespace: namespace ?? '',
    token: token ?? '',
  };
}

/**
 * Makes host keys and secrets and keeps them as the Secret `name`, unless there is one: that one stays as it is, whoever
 * made it. Returns what happened, with no secret in it. The right to create Secrets is all it takes.
 *
 * @throws ShipmateError `unavailable` when the API cannot be reached or refuses
 */
export async function keepSecret(api: PodsApi | Promise<PodsApi>, name: string): Promise<string> {
  const { url, namespace, token } = await api;
  const { secret, fingerprints } = await makeSecret(name);
  const response = await post(`${url}/api/v1/namespaces/${namespace}/secrets`, token, secret);
  if (response.status === 409) return `The Secret ${name} already exists and was not changed.\n`;
  if (!response.ok) {
    // The API's own words, which name the right that is missing; a Secret's content is never among them.
    throw new ShipmateError(
      'unavailable',
      `The Secret ${name} was not created: ${response.status} ${await reason(response)}`,
    );
  }
  return `Created the Secret ${name}: host keys ${Object.values(fingerprints).join(' and ')}, and secrets.\n`;
}

async function makeSecret(name: string): Promise<{ secret: object; fingerprints: HostKeys['fingerprints'] }> {
  const directory = await mkdtemp(join(tmpdir(), 'shipmate-keys-'));
  try {
    const { fingerprints } = await HostKeys.load(directory);
    const data: Record<string, string> = {};
    for (const made of ['secret', 'admin-token', 'redis-password'])
      data[made] = randomBytes(SECRET_BYTES).toString('hex');
    for (const file of await readdir(directory)) data[file] = await readFile(join(directory, file), 'utf8');
    const annotations = Object.fromEntries(
      Object.entries(fingerprints).map(([kind, text]: [string, string]) => [`shipmate/${kind}-fingerprint`, text]),
    );
    const labels = { 'app.kubernetes.io/name': 'shipmate' };
    const metadata = { name, labels, annotations };
    return { secret: { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata, stringData: data }, fingerprints };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function post(url: string, token: string, body: object): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  try {
    return await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw new ShipmateError('unavailable', `${url} does not answer`, { cause: error });
  }
}

async function reason(response: Response): Promise<string> {
  const text = await response.text();
  try {
    return (JSON.parse(text) as { message?: string }).message ?? '';
  } catch {
    return text.slice(0, 200); // Some proxy's page rather than the API's answer.
  }
}
