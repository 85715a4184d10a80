import { readCommand } from './host-decoder.js';
import { isValidKeyCode } from './key-codes.js';
import { Limit } from './wire-limits.js';
import { INT_MAX, INT_MIN, type MessageReader } from './message-reader.js';
import { SERVER_MESSAGE_TYPES, type ServerMessage } from './server-messages.js';
import { StreamDecoder, type DecoderOptions } from './stream-decoder.js';

/**
 * Decodes what a server sends to its host. Values after those that the protocol names are ignored, as the stock client
 * does; a message of an unknown type, which that client passes over, is an error.
 */
export class ServerMessageDecoder extends StreamDecoder<ServerMessage> {
  constructor(options: DecoderOptions<ServerMessage>) {
    super('server', SERVER_MESSAGE_TYPES, -1, options);
  }

  protected override decode(type: number): ServerMessage {
    const { reader } = this;
    const name = SERVER_MESSAGE_TYPES[type];
    const count = reader.array('arguments', 1) - 1;
    reader.skip(1);
    const need = (least: number): void => {
      if (count < least) throw reader.error('arguments', `fewer than ${least}`);
    };
    switch (name) {
      case 'notify':
        need(1);
        return { type: name, text: reader.label('text', Limit.textBytes) };
      case 'legacy-pane-key':
        need(1);
        return { type: name, key: reader.int('key', 0, INT_MAX) };
      case 'resize':
        need(2);
        return { type: name, cols: readSize(reader, 'sx', Limit.cols), rows: readSize(reader, 'sy', Limit.rows) };
      case 'exec-cmd-str':
        need(2);
        return { type: name, clientId: readClientId(reader), command: reader.text('command', Limit.commandBytes) };
      case 'set-env':
        need(2);
        return {
          type: name,
          name: reader.text('name', Limit.wordBytes),
          value: reader.text('value', Limit.valueBytes),
        };
      case 'ready':
        return { type: name };
      case 'pane-key':
        need(2);
        return { type: name, paneId: reader.int('pane id', -1, INT_MAX), key: readKey(reader) };
      case 'exec-cmd':
        need(2);
        return { type: name, clientId: readClientId(reader), args: readCommand(reader, count - 1) };
      default:
        throw reader.error('type', 'unknown');
    }
  }
}

function readClientId(reader: MessageReader): number {
  return reader.int('client id', INT_MIN, INT_MAX);
}

/** A size, or -1 for none. */
function readSize(reader: MessageReader, field: string, most: number): number {
  const size = reader.int(field, -1, most);
  if (size === 0) throw reader.error(field, `not in 1 to ${most}, nor -1`);
  return size;
}

function readKey(reader: MessageReader): number {
  const key = reader.int('key', 0, Number.MAX_SAFE_INTEGER);
  if (!isValidKeyCode(key)) throw reader.error('key', 'not a key of tmux');
  return key;
}
