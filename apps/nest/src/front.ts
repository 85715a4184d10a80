import { once } from 'node:events';
import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import type { Clock } from '#kernel';
import { AddressRanges } from '#address';
import { edgeWork, UntrustedProxies } from '#edge';
import { Gate, type GateObserver, type GateOptions, type SshTaker } from '#gate';
import {
  HttpConnections,
  listening,
  MOST_CONNECTIONS,
  MOST_PER_ADDRESS,
  type Config,
  type Health,
  type Log,
  type Metrics,
} from '#platform';
import { initHttp } from './http.js';
import { plainHttp } from './plain-http.js';
import type { Tls } from './tls.js';

/** What a process listens with. */
export interface FrontParts {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly clock: Clock;
  readonly tls: Tls | undefined;
}

/** The ports of a process that take HTTP. */
export interface Front {
  /** Hands SSH's connections on the one port to `take`; there is one if `SHIPMATE_PORT` says so. */
  takeSsh(take: SshTaker): void;
}

/**
 * Listens for HTTP, plain or by TLS, and on the one port for everything. Throws `unavailable` with a sentence that says what to do when
 * a port cannot be had.
 */
export async function listenFront(app: INestApplication, parts: FrontParts): Promise<Front> {
  const { config, tls } = parts;
  const { bind, port, httpPort } = config;
  const server = await initHttp(app);
  const trusted = new AddressRanges(config.trustedProxies);
  const isProxy = (address: string): boolean => trusted.has(address);
  const connections = new HttpConnections({ most: MOST_CONNECTIONS, mostPerAddress: MOST_PER_ADDRESS, isProxy });
  connections.follow(server);
  const { clock, metrics } = parts;
  const work = edgeWork(clock, metrics, (limit) => metrics.turnedAway.add({ limit }));
  const base = { clock, trustedProxies: config.trustedProxies, observer: observe(parts), work };
  const { secure, http } = serversOf(server, config.webUrl, tls, isProxy);
  if (http !== server) connections.follow(http);

  const gates: Gate[] = [];
  server.once('close', () => {
    for (const gate of gates) gate.close();
    if (http !== server) http.close().closeAllConnections();
  });
  const open = async (at: number, variable: string, proxyProtocol: GateOptions['proxyProtocol']): Promise<Gate> => {
    const gate = new Gate({ ...base, http, ...(secure === undefined ? {} : { secure }), proxyProtocol });
    await listening(async () => void (await gate.listen(bind, at)), { bind, port: at, variable });
    gates.push(gate);
    return gate;
  };

  if (httpPort !== port && tls === undefined) await listenPlain(server, bind, httpPort);
  else if (httpPort !== port) {
    // Probes come without a header, so none is required here.
    await open(httpPort, 'SHIPMATE_HTTP_PORT', config.proxyProtocol === 'off' ? 'off' : 'optional');
  }
  // Node looks at the times of requests (`setTimes`) from then on; a server whose connections come by a gate does not listen itself.
  for (const one of new Set([server, http])) if (!one.listening) one.emit('listening');
  const shared = port === undefined ? undefined : await open(port, 'SHIPMATE_PORT', config.proxyProtocol);
  return { takeSsh: (take) => shared?.takeSsh(take) };
}

function serversOf(
  server: Server,
  webUrl: string,
  tls: Tls | undefined,
  isProxy: (address: string) => boolean,
): Pick<GateOptions, 'http' | 'secure'> {
  if (tls === undefined) return { http: server };
  const isReady = (): boolean => tls.certificate() !== undefined;
  const http = plainHttp({
    app: server,
    webUrl,
    isProxy,
    isReady,
    ...(tls.answer === undefined ? {} : { challenge: tls.answer }),
  });
  return { http, secure: { tls: tls.gate, http: server } };
}

/** Not by `app.listen`, which logs a taken port as an error of its own next to ours. */
async function listenPlain(server: Server, bind: string, port: number): Promise<void> {
  const listen = async (): Promise<void> => {
    server.listen(port, bind);
    await once(server, 'listening');
  };
  await listening(listen, { bind, port, variable: 'SHIPMATE_HTTP_PORT' });
}

function observe({ clock, log, metrics, health }: FrontParts): GateObserver {
  const untrusted = new UntrustedProxies(clock, log);
  health.notice('port-proxies', () => untrusted.notice);
  return {
    outcome(outcome, { address }) {
      metrics.gateConnections.add({ outcome });
      if (outcome === 'bad-proxy-header') untrusted.note(address, 'PROXY');
      log.debug('gate', { outcome, address });
    },
    failed: (error) => log.warn('accept-failed', { error }),
  };
}
