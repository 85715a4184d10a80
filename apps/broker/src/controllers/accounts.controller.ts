import { Controller, Inject, Res } from '@nestjs/common';
import { ShipmateError } from '#kernel';
import { hashSecret, mintApiKey, mintId, mintOperatorToken, type Credential, type User } from '#control';
import { By, Checked, deleteOperation, getOperation, postOperation, Operation, type Input } from '../api/operation.js';
import { Problem } from '../api/problem.js';
import { BROKER, type Broker } from '../broker.js';
import type { Caller } from '../callers.js';
import * as schema from '../schemas.js';
import { iso, paged } from '../views.js';

const LIST_USERS = getOperation('/users', 'listUsers', 'All users', {
  scopes: ['read'],
  query: schema.Page,
  answer: schema.Users,
});
const ADD_USER = postOperation('/users', 'addUser', 'Add a user, who can have names', {
  scopes: ['admin'],
  body: schema.NewUser,
  status: 201,
  answer: schema.User,
  problems: [409],
});
const GET_USER = getOperation('/users/{user}', 'getUser', 'One user', {
  scopes: ['read', 'user'],
  answer: schema.User,
});
const REMOVE_USER = deleteOperation('/users/{user}', 'removeUser', 'Remove a user and all of their API keys', {
  scopes: ['admin'],
});
const LIST_KEYS = getOperation('/users/{user}/keys', 'listApiKeys', "A user's API keys, without the keys themselves", {
  scopes: ['read', 'user'],
  query: schema.Page,
  answer: schema.ApiKeys,
});
const ADD_KEY = postOperation('/users/{user}/keys', 'addApiKey', 'Create an API key: it is shown only once', {
  scopes: ['user'],
  body: schema.NewApiKey,
  status: 201,
  answer: schema.MadeApiKey,
  problems: [409],
});
const REMOVE_KEY = deleteOperation('/users/{user}/keys/{key}', 'removeApiKey', 'Revoke an API key', {
  scopes: ['user'],
});
const LIST_TOKENS = getOperation('/tokens', 'listTokens', "Operators' tokens, without the tokens themselves", {
  scopes: ['admin'],
  query: schema.Page,
  answer: schema.Tokens,
});
const ADD_TOKEN = postOperation('/tokens', 'addToken', "Create an operator's token: only this answer shows it", {
  scopes: ['admin'],
  body: schema.NewToken,
  status: 201,
  answer: schema.MadeToken,
  problems: [409],
});
const REMOVE_TOKEN = deleteOperation('/tokens/{token}', 'removeToken', "Revoke an operator's token", {
  scopes: ['admin'],
});

/** As much of a response as says where something new is. */
interface Located {
  setHeader(name: string, value: string): unknown;
}

const PASSTHROUGH = { passthrough: true } as const;
const locate = (response: Located, ...parts: readonly string[]): void => {
  response.setHeader('location', `/v1/${parts.map(encodeURIComponent).join('/')}`);
};

/** Users, their API keys, and the operators' tokens. */
@Controller()
export class AccountsController {
  constructor(@Inject(BROKER) private readonly broker: Broker) {}

  @Operation(LIST_USERS)
  async listUsers(@Checked() { query }: Input<typeof LIST_USERS>) {
    return paged(await this.broker.accounts.listUsers(query), query.limit, ({ name }) => name, toUser);
  }

  @Operation(ADD_USER)
  async addUser(@Checked() { body }: Input<typeof ADD_USER>, @By() by: Caller, @Res(PASSTHROUGH) made: Located) {
    const user = { name: body.name, createdAt: this.broker.clock.now() };
    await this.broker.accounts.addUser(user);
    this.broker.audit.note('user-added', { by: by.name }, { user: user.name });
    locate(made, 'users', user.name);
    return toUser(user);
  }

  @Operation(GET_USER)
  async getUser(@Checked() { params }: Input<typeof GET_USER>, @By() by: Caller) {
    return toUser(await this.#user(params.user, by));
  }

  @Operation(REMOVE_USER)
  async removeUser(@Checked() { params }: Input<typeof REMOVE_USER>, @By() by: Caller): Promise<void> {
    if (!(await this.broker.accounts.removeUser(params.user))) throw notFound('user');
    this.broker.audit.note('user-removed', { by: by.name }, { user: params.user });
  }

  @Operation(LIST_KEYS)
  async listKeys(@Checked() { params, query }: Input<typeof LIST_KEYS>, @By() by: Caller) {
    const { name } = await this.#user(params.user, by);
    return paged(await this.broker.accounts.listCredentials(name, query), query.limit, ({ id }) => id, toKey);
  }

  @Operation(ADD_KEY)
  async addKey(@Checked() { params, body }: Input<typeof ADD_KEY>, @By() by: Caller, @Res(PASSTHROUGH) made: Located) {
    const { name: user } = await this.#user(params.user, by);
    const key = mintApiKey();
    const credential = this.#credential(key, 'user', user, body.label);
    await this.broker.accounts.addCredential(credential);
    this.broker.audit.note('key-added', { by: by.name }, { user, key: credential.id });
    locate(made, 'users', user, 'keys', credential.id);
    return { ...toKey(credential), key };
  }

  @Operation(REMOVE_KEY)
  async removeKey(@Checked() { params }: Input<typeof REMOVE_KEY>, @By() by: Caller): Promise<void> {
    const { name: user } = await this.#user(params.user, by);
    if (!(await this.broker.accounts.removeCredential(user, params.key))) throw notFound('key');
    this.broker.audit.note('key-removed', { by: by.name }, { user, key: params.key });
  }

  @Operation(LIST_TOKENS)
  async listTokens(@Checked() { query }: Input<typeof LIST_TOKENS>) {
    return paged(await this.broker.accounts.listCredentials(undefined, query), query.limit, ({ id }) => id, toToken);
  }

  @Operation(ADD_TOKEN)
  async addToken(@Checked() { body }: Input<typeof ADD_TOKEN>, @By() by: Caller, @Res(PASSTHROUGH) made: Located) {
    const token = mintOperatorToken();
    const credential = this.#credential(token, body.scope, undefined, body.label);
    await this.broker.accounts.addCredential(credential);
    this.broker.audit.note('token-added', { by: by.name }, { token: credential.id, scope: body.scope });
    locate(made, 'tokens', credential.id);
    return { ...toToken(credential), token };
  }

  @Operation(REMOVE_TOKEN)
  async removeToken(@Checked() { params }: Input<typeof REMOVE_TOKEN>, @By() by: Caller): Promise<void> {
    if (!(await this.broker.accounts.removeCredential(undefined, params.token))) throw notFound('token');
    this.broker.audit.note('token-removed', { by: by.name }, { token: params.token });
  }

  #credential(secret: string, scope: Credential['scope'], user: string | undefined, label: string): Credential {
    return { id: mintId(), hash: hashSecret(secret), scope, user, label, createdAt: this.broker.clock.now() };
  }

  /** A user that the caller may see: with an API key, only oneself. */
  async #user(name: string, by: Caller): Promise<User> {
    if (by.scope === 'user' && by.user !== name) throw new Problem(403, 'forbidden', 'Your key is for another user');
    const user = await this.broker.accounts.findUser(name);
    if (user === undefined) throw notFound('user');
    return user;
  }
}

const notFound = (what: string): ShipmateError => new ShipmateError('not-found', `There is no such ${what}`);
const toUser = ({ name, createdAt }: User) => ({ name, createdAt: iso(createdAt) });
const toKey = ({ id, label, createdAt }: Credential) => ({ id, label, createdAt: iso(createdAt) });
const toToken = ({ id, scope, label, createdAt }: Credential) => ({ id, scope, label, createdAt: iso(createdAt) });
