import { edgeId, sessionId, type EdgeId } from '#kernel';
import { hashToken, type EdgeRecord, type NewSession } from '#directory';

const PLACE = { region: 'nyc1', addresses: { sshHost: 'nyc1.example', sshPort: 22, webUrl: '' } };

/** A session with that id and its own tokens. */
export const newSession = (name: string, patch: Partial<NewSession> = {}): NewSession => ({
  ...PLACE,
  id: sessionId(name),
  tokens: { writer: hashToken(`w-${name}`), reader: hashToken(`r-${name}`) },
  createdAt: 1_000,
  policy: '',
  labels: {},
  ...patch,
});

/** What an edge reports about itself with each heartbeat. */
export const edgeRecord = (id: EdgeId = edgeId('edge-a')): EdgeRecord => ({
  ...PLACE,
  id,
  load: { sessions: 0, participants: 0 },
  draining: false,
});
