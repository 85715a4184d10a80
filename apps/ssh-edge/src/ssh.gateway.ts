import type { IncomingMessage } from 'node:http';
import { Inject } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import { PLATFORM, type Platform } from '#nest';
import { MAX_SSH_MESSAGE_BYTES } from '#web-protocol';
import { SshEdgeService } from './ssh-edge.module.js';
import { SshSockets } from './ssh-sockets.js';

/** Hands each WebSocket that is to carry ssh to the edge, which has it to its end. */
@WebSocketGateway({ path: '/ssh', maxPayload: MAX_SSH_MESSAGE_BYTES })
export class SshGateway implements OnGatewayConnection<WebSocket> {
  readonly #sockets: SshSockets;

  constructor(@Inject(SshEdgeService) { ssh, edge }: SshEdgeService, @Inject(PLATFORM) { clock }: Platform) {
    this.#sockets = new SshSockets({ edge: ssh, addresses: edge.addresses, clock });
  }

  handleConnection(socket: WebSocket, request: IncomingMessage): void {
    this.#sockets.accept(socket, request);
  }
}
