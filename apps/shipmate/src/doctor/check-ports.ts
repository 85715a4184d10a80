import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Config, HealthReport } from '#platform';
import { keptFingerprint } from './check-files.js';
import { fail, ok, reasonOf, warn, type Finding } from './finding.js';

const ANSWER_MS = 2_000;

/** Whether every port can be had, or is a running Shipmate's already. */
export async function checkPorts(config: Config): Promise<readonly Finding[]> {
  const { bind, port, sshPort, httpPort, brokerPort } = config;
  const ports = [
    ...(port === undefined ? [] : [{ name: 'port', variable: 'SHIPMATE_PORT', port, isOurs: speaksHttp }]),
    ...(sshPort === port
      ? []
      : [{ name: 'SSH port', variable: 'SHIPMATE_SSH_PORT', port: sshPort, isOurs: speaksSsh }]),
    ...(httpPort === port
      ? []
      : [{ name: 'HTTP port', variable: 'SHIPMATE_HTTP_PORT', port: httpPort, isOurs: speaksHttp }]),
    ...(brokerPort === undefined
      ? []
      : [{ name: 'broker port', variable: 'SHIPMATE_BROKER_PORT', port: brokerPort, isOurs: speaksBroker }]),
  ];
  const findings = await Promise.all(ports.map(async (one) => await checkPort(bind, one)));
  const host = reachable(bind);
  return [...findings, ...(await checkRunning(host, httpPort)), ...(await checkOther(config, host))];
}

/** A Shipmate with other host keys is not the one that this environment is for: that one could not start. */
async function checkOther(config: Config, host: string): Promise<readonly Finding[]> {
  const { httpPort, hostKeysDir } = config;
  const shown = /ed25519-fingerprint "(SHA256:[^"]+)"/.exec(
    (await get(host, httpPort, '/tmate.conf'))?.text ?? '',
  )?.[1];
  if (shown === undefined || shown === (await keptFingerprint(config))) return [];
  return [
    fail(
      'HTTP port',
      `another Shipmate has port ${httpPort} on ${host}: its host key ${shown} is not the one in ${hostKeysDir}`,
      'Stop that one, or set SHIPMATE_HTTP_PORT and SHIPMATE_SSH_PORT to other ports.',
    ),
  ];
}

/** What a running Shipmate reports about itself; nothing if none is running. */
async function checkRunning(host: string, port: number): Promise<readonly Finding[]> {
  const report = readReport((await get(host, port, '/readyz'))?.text ?? '');
  const failing = Object.entries(report.checks ?? {}).filter(([, result]) => result !== 'ok');
  return [
    ...failing.map(([name, why]) =>
      fail('running server', `${name}: ${why}`, `The server is not ready (/readyz): see its log.`),
    ),
    ...Object.entries({ ...report.degraded, ...report.notices }).map(([name, text]) =>
      warn('running server', `${name}: ${text}`, 'See its log, and docs/configuration.md.'),
    ),
  ];
}

function readReport(text: string): Partial<Pick<HealthReport, 'checks' | 'degraded' | 'notices'>> {
  try {
    const report: unknown = JSON.parse(text);
    return typeof report === 'object' && report !== null ? report : {};
  } catch {
    return {}; // Nothing is there, or it is not a Shipmate.
  }
}

const reachable = (bind: string): string => (bind === '0.0.0.0' ? '127.0.0.1' : bind === '::' ? '::1' : bind);

interface Port {
  readonly name: string;
  readonly variable: string;
  readonly port: number;
  readonly isOurs: (host: string, port: number) => Promise<boolean>;
}

async function checkPort(bind: string, { name, variable, port, isOurs }: Port): Promise<Finding> {
  const code = await tryListen(bind, port);
  if (code === undefined) return ok(name, `${port} on ${bind} is free`);
  if (code === 'EADDRINUSE') {
    if (await isOurs(reachable(bind), port)) return ok(name, `${port} on ${bind}: Shipmate is running there`);
    return fail(name, `another program uses port ${port} on ${bind}`, `Stop it, or set ${variable} to another port.`);
  }
  if (code === 'EACCES') {
    return fail(
      name,
      `this user may not listen on port ${port}`,
      `Set ${variable} to a port above 1023; a load balancer or SHIPMATE_SSH_PUBLIC_PORT can show another one.`,
    );
  }
  return fail(
    name,
    `${bind} port ${port}: ${code}`,
    'Set SHIPMATE_BIND to an address of this machine, or to 0.0.0.0 for all.',
  );
}

/** The system's code when it cannot be listened on. */
async function tryListen(bind: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen(port, bind);
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return reasonOf(error);
  } finally {
    server.close();
  }
}

async function speaksSsh(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host);
  socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error('no answer')));
  try {
    const [first] = (await once(socket, 'data')) as [Buffer];
    return first.toString('latin1').startsWith('SSH-2.0-shipmate');
  } catch {
    return false; // Whoever is there is not one of ours.
  } finally {
    socket.destroy();
  }
}

async function speaksHttp(host: string, port: number): Promise<boolean> {
  const answer = await get(host, port, '/healthz');
  return answer !== undefined && /"checks":\{/.test(answer.text);
}

/** A broker's internal port refuses whoever does not know the fleet's secret. */
async function speaksBroker(host: string, port: number): Promise<boolean> {
  return (await get(host, port, '/'))?.status === 403;
}

async function get(host: string, port: number, path: string): Promise<{ status: number; text: string } | undefined> {
  try {
    const at = host.includes(':') ? `[${host}]` : host;
    const response = await fetch(`http://${at}:${port}${path}`, {
      signal: AbortSignal.timeout(ANSWER_MS),
      // With a certificate, pages are elsewhere.
      redirect: 'manual',
    });
    return { status: response.status, text: await response.text() };
  } catch {
    return undefined; // It does not speak HTTP: not one of ours.
  }
}
