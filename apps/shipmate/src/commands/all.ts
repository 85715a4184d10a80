import { ACCOUNT_COMMANDS } from './accounts.js';
import type { Command } from './command.js';
import { DOCTOR_COMMANDS } from './doctor.js';
import { EVENT_COMMANDS } from './events.js';
import { FLEET_COMMANDS } from './fleet.js';
import { INVITATION_COMMANDS } from './invitations.js';
import { LOCK_COMMANDS } from './locks.js';
import { SESSION_COMMANDS } from './sessions.js';
import { WEBHOOK_COMMANDS } from './webhooks.js';

/** Everything but `serve`, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  ...DOCTOR_COMMANDS,
  ...SESSION_COMMANDS,
  ...INVITATION_COMMANDS,
  ...LOCK_COMMANDS,
  ...FLEET_COMMANDS,
  ...EVENT_COMMANDS,
  ...ACCOUNT_COMMANDS,
  ...WEBHOOK_COMMANDS,
];
