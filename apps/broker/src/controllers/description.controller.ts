import { All, Controller, Get, Header } from '@nestjs/common';
import { describeApi, operationsOf } from '../api/openapi.js';
import { Problem } from '../api/problem.js';
import { AccountsController } from './accounts.controller.js';
import { CallerController } from './caller.controller.js';
import { ExchangeController } from './exchange.controller.js';
import { FleetController } from './fleet.controller.js';
import { InvitationsController } from './invitations.controller.js';
import { LocksController } from './locks.controller.js';
import { NamesController } from './names.controller.js';
import { PolicyController } from './policy.controller.js';
import { RequestsController } from './requests.controller.js';
import { SessionsController } from './sessions.controller.js';
import { WebhooksController } from './webhooks.controller.js';

export const API_CONTROLLERS = [
  AccountsController,
  NamesController,
  SessionsController,
  InvitationsController,
  RequestsController,
  FleetController,
  PolicyController,
  LocksController,
  WebhooksController,
  CallerController,
  ExchangeController,
];

/** What hosts, and whoever decides by a link, can call where nobody else can. */
export const HOST_API_CONTROLLERS = [SessionsController, InvitationsController, RequestsController, CallerController];

/** The API's description of itself, and the answer for unknown paths below `/v1`. Must be the last of the controllers. */
@Controller()
export class DescriptionController {
  readonly #description = describeApi(operationsOf(API_CONTROLLERS), '1');

  @Get('v1/openapi.json')
  @Header('cache-control', 'no-cache')
  describe(): object {
    return this.#description;
  }

  @All(['v1', 'v1/*path'])
  nothing(): never {
    throw new Problem(404, 'not-found', 'There is no such address: see /v1/openapi.json');
  }
}
