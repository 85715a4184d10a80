export { approvalText, DECISION_EVENTS } from './decision-events.js';
export { MAX_CREDENTIALS, MAX_LABEL, MAX_USERS } from './accounts.js';
export type { AccountPage, Accounts, Credential, Scope, User } from './accounts.js';
export { hashSecret, isApiKey, mintApiKey, mintId, mintOperatorToken } from './secrets.js';
export type { SecretHash } from './secrets.js';
export type { SavedAccounts } from './memory-accounts.js';
export { keptAccounts, readAccounts } from './kept-accounts.js';
export { isEventId, isWanted, MAX_EVENTS, MAX_LOOKED_AT, MAX_REFUSALS, REFUSED } from './events.js';
export type { AuditEvent, EventFilter, EventLog, EventPage, FoundEvents, StoredEvent } from './events.js';
export { MemoryEvents } from './memory-events.js';
export { controlChannel, MAX_MESSAGE } from './control.js';
export type { ControlHandler, ControlReply, ControlRequest, Decision, Person, WaitingPerson } from './control.js';
export { ControlClient } from './control-client.js';
export { serveControl } from './control-server.js';
export { FIND_KEY_PATH, INTERNAL_HEADER, InternalCalls } from './internal-calls.js';
export { MemoryHousekeeping } from './housekeeping.js';
export type { Housekeeping, ReaperReport, SweepStep } from './housekeeping.js';
export { Refusals } from './refusals.js';
export { EventWriter } from './event-writer.js';
export { EventChains } from './evidence/event-chain.js';
export { exportLines } from './evidence/event-file.js';
export { EventSigner, isEventPublicKey } from './evidence/event-keys.js';
export { EventVerifier } from './evidence/event-verifier.js';
export type { Verdict } from './evidence/event-verifier.js';
export { HOOK_KINDS, MAX_DEAD, MAX_IN_LANE, MAX_LANES, MAX_WILLS } from './webhooks/webhook-queue.js';
export type {
  DeadDelivery,
  Delivery,
  Due,
  HookKind,
  Lane,
  TakeOptions,
  Taken,
  WaitingDeliveries,
  WaitingReceiver,
  WebhookQueue,
} from './webhooks/webhook-queue.js';
export { MemoryWebhooks } from './webhooks/memory-webhooks.js';
export { WebhookWriter } from './webhooks/webhook-writer.js';
export { WebhookSealer } from './webhooks/webhook-sealer.js';
export type { Letter } from './webhooks/webhook-sealer.js';
export { OperatorPolicies, policyFileFaults } from './operator-policies.js';
export type { PolicyObserver, PolicySource } from './operator-policies.js';
export { FleetLocks } from './fleet-locks.js';
export type { LocksObserver } from './fleet-locks.js';
export { FleetSignOuts } from './fleet-sign-outs.js';
export type { FleetSignOutsDeps, SignOutsPlace } from './fleet-sign-outs.js';
export { fileTextStore, memoryTextStore, vaultTextStore } from './text-store.js';
export type { TextStore } from './text-store.js';
export { filePolicyStore, vaultPolicyStore } from './policy-store.js';
export type { PolicyStore } from './policy-store.js';
export { Sealer } from './sealer.js';
export { SealedVault } from './vault.js';
export type { ChangingVault, Vault } from './vault.js';
