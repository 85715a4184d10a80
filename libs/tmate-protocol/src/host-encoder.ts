import type { CopyMode } from './copy-mode.js';
import { HOST_MESSAGE_TYPES, type HostMessage } from './host-messages.js';
import type { Layout } from './layout.js';
import { MessageWriter } from './message-writer.js';
import type { SnapshotPane, SnapshotScreen } from './snapshot.js';

/**
 * The bytes of a host's message, the same as the stock client of protocol 6 writes; for the relay, for tests and for
 * synthetic hosts.
 *
 * @throws RangeError for a number that is not an integer.
 */
export function encodeHostMessage(message: HostMessage): Uint8Array<ArrayBuffer> {
  const writer = new MessageWriter(true);
  const begin = (args: number): MessageWriter => writer.array(args + 1).int(HOST_MESSAGE_TYPES.indexOf(message.type));
  switch (message.type) {
    case 'header':
      if (message.clientVersion === undefined) begin(1).int(message.protocolVersion);
      else begin(2).int(message.protocolVersion).text(message.clientVersion);
      break;
    case 'sync-layout':
      writeLayout(begin(4), message.layout);
      break;
    case 'pty-data':
      begin(2).int(message.paneId).bytes(message.data);
      break;
    case 'exec-cmd-str':
      begin(1).text(message.command);
      break;
    case 'failed-cmd':
      begin(2).int(message.clientId).text(message.cause);
      break;
    case 'status':
      begin(2).text(message.left).text(message.right);
      break;
    case 'sync-copy-mode':
      writeCopyMode(begin(2).int(message.paneId), message.copyMode);
      break;
    case 'write-copy-mode':
      begin(2).int(message.paneId).text(message.text);
      break;
    case 'fin':
    case 'ready':
      begin(0);
      break;
    case 'reconnect':
      begin(1).text(message.data);
      break;
    case 'snapshot':
      begin(1).array(message.panes.length);
      for (const pane of message.panes) writeSnapshotPane(writer, pane);
      break;
    case 'exec-cmd':
      begin(message.args.length);
      for (const arg of message.args) writer.text(arg);
      break;
    case 'uname':
      begin(5).text(message.sysname).text(message.nodename).text(message.release);
      writer.text(message.version).text(message.machine);
      break;
  }
  return writer.finish();
}

function writeLayout(writer: MessageWriter, layout: Layout): void {
  writer.int(layout.cols).int(layout.rows).array(layout.windows.length);
  for (const window of layout.windows) {
    writer.array(4).int(window.index).text(window.name).array(window.panes.length);
    for (const { paneId, cols, rows, x, y } of window.panes) {
      writer.array(5).int(paneId).int(cols).int(rows).int(x).int(y);
    }
    writer.int(window.activePane);
  }
  writer.int(layout.activeWindow);
}

function writeCopyMode(writer: MessageWriter, mode: CopyMode | undefined): void {
  if (mode === undefined) {
    writer.array(0);
    return;
  }
  writer
    .array(6)
    .int(mode.ofPane ? 1 : 0)
    .int(mode.scrolledBack)
    .int(mode.cursorX)
    .int(mode.cursorY);
  if (mode.selection === undefined) {
    writer.array(0);
  } else {
    const { x, linesFromBottom, rectangle } = mode.selection;
    writer
      .array(3)
      .int(x)
      .int(linesFromBottom)
      .int(rectangle ? 1 : 0);
  }
  if (mode.prompt === undefined) writer.array(0);
  else writer.array(3).int(mode.prompt.kind).text(mode.prompt.prompt).text(mode.prompt.text);
}

function writeSnapshotPane(writer: MessageWriter, pane: SnapshotPane): void {
  writer.array(4).int(pane.paneId).int(pane.mode);
  writeScreen(writer, pane.screen);
  if (pane.saved === undefined) writer.nil();
  else writeScreen(writer, pane.saved);
}

function writeScreen(writer: MessageWriter, screen: SnapshotScreen): void {
  writer.array(3).int(screen.cursorX).int(screen.cursorY).array(screen.lines.length);
  for (const line of screen.lines) {
    writer.array(2).text(line.text).array(line.cells.length);
    for (const cell of line.cells) writer.int(cell);
  }
}
