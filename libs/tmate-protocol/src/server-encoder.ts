import { isValidKeyCode } from './key-codes.js';
import { MessageWriter } from './message-writer.js';
import { SERVER_MESSAGE_TYPES, type ServerMessage } from './server-messages.js';

/**
 * The bytes of a message to a host, readable for a client of every version of the protocol that knows the message.
 *
 * @throws RangeError for a number that is not an integer, and for a key code that tmux has not.
 */
export function encodeServerMessage(message: ServerMessage): Uint8Array<ArrayBuffer> {
  const writer = new MessageWriter(false);
  const begin = (args: number): MessageWriter => writer.array(args + 1).int(SERVER_MESSAGE_TYPES.indexOf(message.type));
  switch (message.type) {
    case 'notify':
      begin(1).text(message.text);
      break;
    case 'legacy-pane-key':
      begin(1).int(message.key);
      break;
    case 'resize':
      begin(2).int(message.cols).int(message.rows);
      break;
    case 'exec-cmd-str':
      begin(2).int(message.clientId).text(message.command);
      break;
    case 'set-env':
      begin(2).text(message.name).text(message.value);
      break;
    case 'ready':
      begin(0);
      break;
    case 'pane-key':
      if (!isValidKeyCode(message.key)) throw new RangeError('not a key of tmux');
      begin(2).int(message.paneId).uint64(message.key);
      break;
    case 'exec-cmd':
      begin(1 + message.args.length).int(message.clientId);
      for (const arg of message.args) writer.text(arg);
      break;
  }
  return writer.finish();
}
