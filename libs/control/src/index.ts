export { MAX_CREDENTIALS, MAX_LABEL, MAX_USERS } from './accounts.js';
export type { AccountPage, Accounts, Credential, Scope, User } from './accounts.js';
export { hashSecret, isApiKey, mintApiKey, mintId, mintOperatorToken } from './secrets.js';
export type { SecretHash } from './secrets.js';
export { MemoryAccounts } from './memory-accounts.js';
export type { SavedAccounts } from './memory-accounts.js';
export { keptAccounts } from './kept-accounts.js';
