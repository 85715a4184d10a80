import type { IncomingMessage } from 'node:http';
import { Inject } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import { MAX_CLIENT_MESSAGE_BYTES } from '#web-protocol';
import { WEB_EDGE } from './injected.js';
import { SOCKET_PATH, type WebEdge } from './web-edge.js';

/** Passes each opened WebSocket to the edge, which owns it from then on. */
@WebSocketGateway({ path: SOCKET_PATH, maxPayload: MAX_CLIENT_MESSAGE_BYTES })
export class WebGateway implements OnGatewayConnection<WebSocket> {
  constructor(@Inject(WEB_EDGE) private readonly edge: WebEdge) {}

  handleConnection(socket: WebSocket, request: IncomingMessage): void {
    this.edge.accept(socket, request);
  }
}
