import { ByteReader, ByteWriter, damaged, type Account, type Clock } from '#kernel';
import { Limit } from '#tmate-protocol';
import { SessionModel, type ModelBasics } from '../model/session-model.js';

/** Grows when the form changes: edges of different versions do not read each other's snapshots. */
const VERSION = 1;
/** Lines that scrolled out of view, of all panes together, packed: about 20,000 of an ordinary log. */
const HISTORY_BYTES = 2 * 1024 * 1024;
const LEAST_HISTORY_BYTES = 16 * 1024;
/** The mirror's limits, in JSON: every character may be escaped. */
const MAX_MIRROR_BYTES = 8 * 1024 * 1024;
const MAX_TEXT_BYTES = 3 * Limit.textBytes;
const MAX_WORD_BYTES = 3 * Limit.wordBytes;

/**
 * Packs the whole of a model:
 *
 * ```
 * version u8
 * host's version   flag u8, then protocol varint and client text
 * uname            flag u8, then five texts
 * status line      flag u8, then left and right text
 * mirror           text: options and keys that differ from tmux's, as JSON, and whether readers may have the clipboard
 * windows          as `Windows.writeTo` packs them, panes with their terminals and copy modes included
 * ```
 */
export function writeModel(model: SessionModel): Uint8Array {
  const writer = new ByteWriter(16 * 1024);
  const { version, uname, status } = model.basics;
  writer.u8(VERSION);
  writer.flag(version !== undefined);
  if (version !== undefined) writer.varint(version.protocolVersion).text(version.clientVersion);
  writer.flag(uname !== undefined);
  if (uname !== undefined) {
    for (const part of [uname.sysname, uname.nodename, uname.release, uname.version, uname.machine]) writer.text(part);
  }
  writer.flag(status !== undefined);
  if (status !== undefined) writer.text(status.left).text(status.right);
  // Besides what the mirror saves, which is all that older builds read.
  const { readerClipboard } = model;
  writer.text(JSON.stringify({ ...model.mirror.save(), ...(readerClipboard ? { readerClipboard } : {}) }));
  const panes = [...model.windows.panes].length;
  model.windows.writeTo(writer, Math.max(LEAST_HISTORY_BYTES, Math.floor(HISTORY_BYTES / Math.max(1, panes))));
  return writer.finish();
}

/**
 * Makes the model that `writeModel` packed; `protocol` when the bytes are no such, or of another version, and `OverLimit` where it
 * takes more than `account` may.
 */
export function readModel(bytes: Uint8Array, clock: Clock, account?: Account): SessionModel {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== VERSION) throw damaged('a model of another version');
  const model = new SessionModel(clock, account);
  const basics = readBasics(reader);
  const mirror = readMirror(reader);
  model.mirror.restore(mirror);
  model.readerClipboard = (mirror as { readonly readerClipboard?: unknown }).readerClipboard === true;
  model.windows.readFrom(reader);
  if (reader.left > 0) throw damaged('there is more than there should be');
  model.resume(basics);
  return model;
}

function readBasics(reader: ByteReader): ModelBasics {
  const word = (): string => reader.text(MAX_WORD_BYTES, 'a word');
  const version = reader.flag() ? { protocolVersion: reader.varint(), clientVersion: word() } : undefined;
  const uname = reader.flag()
    ? { type: 'uname' as const, sysname: word(), nodename: word(), release: word(), version: word(), machine: word() }
    : undefined;
  const text = (): string => reader.text(MAX_TEXT_BYTES, 'a status line');
  return { version, uname, status: reader.flag() ? { left: text(), right: text() } : undefined };
}

function readMirror(reader: ByteReader): unknown {
  const text = reader.text(MAX_MIRROR_BYTES, 'the mirror');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damaged('the mirror is no JSON', error);
  }
}
