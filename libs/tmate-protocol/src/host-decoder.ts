import type { CopyMode, CopyPrompt, CopySelection } from './copy-mode.js';
import { HOST_MESSAGE_TYPES, PROTOCOL_VERSION, type HostMessage } from './host-messages.js';
import { readLayout } from './layout-reader.js';
import { Limit } from './wire-limits.js';
import { INT_MAX, INT_MIN, type MessageReader } from './message-reader.js';
import { readSnapshot } from './snapshot-reader.js';
import { StreamDecoder, type DecoderOptions } from './stream-decoder.js';

/**
 * Decodes what a host sends. Values after those that the protocol names, in a message or in any array of it, are
 * ignored, as tmate's own server does. A host of a protocol below 2 is understood by the version of its HEADER.
 */
export class HostMessageDecoder extends StreamDecoder<HostMessage> {
  #protocolVersion = PROTOCOL_VERSION;

  constructor(options: DecoderOptions<HostMessage>) {
    super('host', HOST_MESSAGE_TYPES, HOST_MESSAGE_TYPES.indexOf('snapshot'), options);
  }

  protected override decode(type: number): HostMessage {
    const { reader } = this;
    const name = HOST_MESSAGE_TYPES[type];
    const count = reader.array('arguments', 1) - 1;
    reader.skip(1);
    const need = (least: number): void => {
      if (count < least) throw reader.error('arguments', `fewer than ${least}`);
    };
    switch (name) {
      case 'pty-data':
        need(2);
        return { type: name, paneId: readPaneId(reader), data: reader.bytes('data') };
      case 'header': {
        need(1);
        this.#protocolVersion = reader.int('protocol version', 0, INT_MAX);
        if (this.#protocolVersion < 3) {
          return { type: name, protocolVersion: this.#protocolVersion, clientVersion: undefined };
        }
        need(2);
        const clientVersion = reader.label('client version', Limit.wordBytes);
        return { type: name, protocolVersion: this.#protocolVersion, clientVersion };
      }
      case 'sync-layout':
        need(4);
        return { type: name, layout: readLayout(reader) };
      case 'exec-cmd-str':
        need(1);
        return { type: name, command: reader.text('command', Limit.commandBytes) };
      case 'failed-cmd':
        need(2);
        return {
          type: name,
          clientId: reader.int('client id', INT_MIN, INT_MAX),
          cause: reader.label('cause', Limit.textBytes),
        };
      case 'status':
        need(2);
        return {
          type: name,
          left: reader.label('left', Limit.textBytes),
          right: reader.label('right', Limit.textBytes),
        };
      case 'sync-copy-mode':
        need(2);
        return { type: name, paneId: readPaneId(reader), copyMode: readCopyMode(reader, this.#protocolVersion) };
      case 'write-copy-mode':
        need(2);
        return { type: name, paneId: readPaneId(reader), text: reader.label('text', Limit.textBytes) };
      case 'fin':
      case 'ready':
        return { type: name };
      case 'reconnect':
        need(1);
        return { type: name, data: reader.text('data', Limit.valueBytes) };
      case 'snapshot':
        need(1);
        return { type: name, panes: readSnapshot(reader) };
      case 'exec-cmd':
        need(1);
        return { type: name, args: readCommand(reader, count) };
      case 'uname':
        need(5);
        return {
          type: name,
          sysname: reader.label('sysname', Limit.wordBytes),
          nodename: reader.label('nodename', Limit.wordBytes),
          release: reader.label('release', Limit.wordBytes),
          version: reader.label('version', Limit.wordBytes),
          machine: reader.label('machine', Limit.wordBytes),
        };
      default:
        throw reader.error('type', 'unknown');
    }
  }
}

/** A pane's id: tmux counts them up from 0 and uses none twice. */
function readPaneId(reader: MessageReader): number {
  return reader.int('pane id', 0, INT_MAX);
}

/** `count` strings: a command's name and arguments. */
export function readCommand(reader: MessageReader, count: number): string[] {
  if (count > Limit.commandArgs) throw reader.error('arguments', `more than ${Limit.commandArgs}`, 'limit');
  const args: string[] = [];
  for (let i = 0; i < count; i++) args.push(reader.text('argument', Limit.commandBytes));
  return args;
}

function readCopyMode(reader: MessageReader, protocolVersion: number): CopyMode | undefined {
  const first = protocolVersion < 2;
  const named = first ? 5 : 6;
  const count = reader.array('copy mode', 0);
  if (count === 0) return undefined;
  if (count < named) throw reader.error('copy mode', `fewer than ${named} values`);
  const ofPane = first || reader.int('copy mode backing', INT_MIN, INT_MAX) !== 0;
  const scrolledBack = reader.int('copy mode oy', INT_MIN, INT_MAX);
  const cursorX = reader.int('copy mode cx', INT_MIN, INT_MAX);
  const cursorY = reader.int('copy mode cy', INT_MIN, INT_MAX);
  const selection = readSelection(reader);
  const prompt = readPrompt(reader);
  reader.skip(count - named);
  // Protocol 1 counts a selection's lines from the top of a history whose length it does not tell.
  return { ofPane, scrolledBack, cursorX, cursorY, selection: first ? undefined : selection, prompt };
}

function readSelection(reader: MessageReader): CopySelection | undefined {
  const count = reader.array('selection', 0);
  if (count === 0) return undefined;
  if (count < 3) throw reader.error('selection', 'fewer than 3 values');
  const x = reader.int('selection selx', INT_MIN, INT_MAX);
  const linesFromBottom = reader.int('selection sely', INT_MIN, INT_MAX);
  const rectangle = reader.int('selection rect', INT_MIN, INT_MAX) !== 0;
  reader.skip(count - 3);
  return { x, linesFromBottom, rectangle };
}

function readPrompt(reader: MessageReader): CopyPrompt | undefined {
  const count = reader.array('prompt', 0);
  if (count === 0) return undefined;
  if (count < 3) throw reader.error('prompt', 'fewer than 3 values');
  const kind = reader.int('prompt type', INT_MIN, INT_MAX);
  const prompt = reader.label('prompt', Limit.textBytes);
  const text = reader.label('prompt text', Limit.textBytes);
  reader.skip(count - 3);
  return { kind, prompt, text };
}
