/**
 * Every span that a process can export, and its attributes. Names and attributes are an interface: add, never rename. If
 * OpenTelemetry's semantic conventions have a name, we use it; our own names begin with `shipmate.`. No attribute is a token, a
 * name of a session, a key, a password, or anything that was typed or shown.
 */
export const ATTRIBUTES = {
  'client.address': "the client's address, plain or hashed as in logs (`SHIPMATE_LOG_ADDRESSES`)",
  'error.type': 'why it failed: the code of the error or refusal; the span then has the status `Error`',
  'http.request.method': "as in OpenTelemetry's conventions",
  'http.response.status_code': "as in OpenTelemetry's conventions",
  'http.route': "the API's route, with its parameters in braces; never the path itself",
  'network.protocol.name': '`ssh` or `websocket`',
  'server.address': "the broker's host",
  'server.port': "the broker's port",
  'shipmate.connection.id': "the connection's number in this process; `connection` in logs",
  'shipmate.control.kind': 'what a broker asks of an edge: `people`, `close`, `drain` …',
  'shipmate.delivery.id': 'the same at every attempt; `delivery` in logs',
  'shipmate.edge.id': 'the other edge: the one that is asked, or the one where the joiner is',
  'shipmate.generation': "the session's generation: it grows each time the host reconnects",
  'shipmate.participant.id': '`participant` in logs',
  'shipmate.participant.role': '`writer` or `reader`',
  'shipmate.participants': 'the number of joiners when it began',
  'shipmate.request.id': '`request` in logs, and `x-request-id`',
  'shipmate.route': "`local` if the session's home is this edge, else `relay`",
  'shipmate.session.id': '`session` in logs; no secret',
  'shipmate.session.origin': '`new`, `reconnected` (its home is still here) or `taken-over` (from another edge)',
  'shipmate.sessions': 'the number of sessions whose home was this edge when it began',
  'shipmate.target': 'what a token or a name led to: `session`, `closed`, `unknown` or `too-many`',
  'shipmate.webhook.kind': "`fleet`: the operator's; `session`: a session's own",
  'shipmate.webhook.type': '`session_register`, `session_join` …',
  'url.template': "as in OpenTelemetry's conventions",
  'user_agent.original': "the client's software, as the client names it",
} as const;

/** The name of an attribute of spans, as in docs/traces.md. */
export type AttributeName = keyof typeof ATTRIBUTES;

/** As in OpenTelemetry: the caller (`client`), the callee (`server`), or neither. */
export type SpanKind = 'internal' | 'server' | 'client';

interface SpanDoc {
  readonly kind: SpanKind;
  /** What it is, for the docs. */
  readonly meaning: string;
  /** Besides `error.type`, which every span may have. */
  readonly attributes: readonly AttributeName[];
}

/** By name. The name of an HTTP span is its method and its route, as the conventions say: `GET /v1/sessions`. */
export const SPANS = {
  'host.connect': {
    kind: 'server',
    meaning: "A host's connection, from its TCP connection until it has its session, or is refused",
    attributes: [
      'client.address',
      'network.protocol.name',
      'user_agent.original',
      'shipmate.connection.id',
      'shipmate.session.id',
    ],
  },
  join: {
    kind: 'server',
    meaning:
      "A joiner's connection, from its TCP connection or WebSocket until its first screen is written, or it is refused",
    attributes: [
      'client.address',
      'network.protocol.name',
      'user_agent.original',
      'shipmate.connection.id',
      'shipmate.session.id',
      'shipmate.participant.id',
      'shipmate.participant.role',
      'shipmate.route',
    ],
  },
  'ssh.handshake': {
    kind: 'internal',
    meaning: 'Part of the two above: from the TCP connection until the keys are exchanged',
    attributes: [],
  },
  'ssh.authenticate': {
    kind: 'internal',
    meaning: 'From the key exchange until the client is authenticated, including all attempts and questions',
    attributes: [],
  },
  'session.open': {
    kind: 'internal',
    meaning: 'A ready host gets its session: a new one, or the one it had',
    attributes: ['shipmate.session.id', 'shipmate.session.origin', 'shipmate.generation'],
  },
  'session.probe': {
    kind: 'internal',
    meaning: 'Checks whether the former connection of a host that comes back is still alive',
    attributes: ['shipmate.session.id'],
  },
  'session.claim': {
    kind: 'client',
    meaning: 'A new session is written to the directory',
    attributes: ['shipmate.session.id'],
  },
  'session.take-over': {
    kind: 'client',
    meaning: 'A session whose host came back, here or from another edge, is written to the directory',
    attributes: ['shipmate.session.id', 'shipmate.generation'],
  },
  'session.find': {
    kind: 'internal',
    meaning: 'Looks up what a token or name leads to',
    attributes: ['shipmate.target', 'shipmate.route', 'shipmate.session.id'],
  },
  'session.enter': {
    kind: 'internal',
    meaning: 'A joiner gets its seat and the first screen',
    attributes: ['shipmate.session.id', 'shipmate.participant.id'],
  },
  'session.admission': {
    kind: 'internal',
    meaning:
      "A joiner asks the session's home whether they may join, and waits for the answer: from the home, or from the host",
    attributes: [],
  },
  'relay.follow': {
    kind: 'client',
    meaning: "This edge becomes a replica, or is one, until it has the session's state",
    attributes: ['shipmate.session.id', 'shipmate.participant.id'],
  },
  'relay.admit': {
    kind: 'server',
    meaning: "At the session's home: from the first message of a joiner at another edge until it is counted",
    attributes: ['shipmate.session.id', 'shipmate.participant.id', 'shipmate.edge.id'],
  },
  'http.server': {
    kind: 'server',
    meaning: "A request to the broker's API, or to its internal port; 500 and above are errors",
    attributes: [
      'http.request.method',
      'http.route',
      'http.response.status_code',
      'client.address',
      'shipmate.request.id',
    ],
  },
  'http.client': {
    kind: 'client',
    meaning: 'An edge asks a broker',
    attributes: ['http.request.method', 'url.template', 'server.address', 'server.port', 'http.response.status_code'],
  },
  'control.ask': {
    kind: 'client',
    meaning: 'A broker asks an edge to do something, over Redis',
    attributes: ['shipmate.control.kind', 'shipmate.edge.id', 'shipmate.session.id'],
  },
  'control.do': {
    kind: 'server',
    meaning: 'The edge does it',
    attributes: ['shipmate.control.kind', 'shipmate.session.id'],
  },
  'webhook.deliver': {
    kind: 'client',
    meaning: 'One attempt to deliver a webhook; a trace of its own, with a link to where the event came from',
    attributes: ['shipmate.delivery.id', 'shipmate.webhook.kind', 'shipmate.webhook.type', 'shipmate.session.id'],
  },
  'edge.drain': {
    kind: 'internal',
    meaning: 'An edge drains: it gives its sessions away and waits for its joiners to leave',
    attributes: ['shipmate.sessions', 'shipmate.participants'],
  },
} as const satisfies Readonly<Record<string, SpanDoc>>;

/** The name of a span, as in docs/traces.md. */
export type SpanName = keyof typeof SPANS;

/** The attributes that a span of that name may have. */
export type AttributesOf<N extends SpanName> = {
  readonly [K in (typeof SPANS)[N]['attributes'][number]]?: string | number | undefined;
};
