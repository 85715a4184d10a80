import type { KeyCode } from '#tmate-protocol';
import { parseCommandLine } from './command-line.js';
import { parseCommand, type Command } from './commands.js';
import { KeyTables } from './key-tables.js';
import { ModeKeys, type SavedModeKeys } from './mode-keys.js';
import type { ModeTable } from './mode-key-table.js';
import { Options, type OptionContext } from './options.js';
import { findOption } from './options-table.js';
import { record, type SavedKeys } from './saved-keys.js';
import type { SavedOptions } from './saved-options.js';

/** What a replicated command did to the mirror. */
export type AppliedCommand =
  /** An option changed; `window` is the index of the one window that it is for. */
  | { readonly kind: 'option'; readonly name: string; readonly window: number | undefined }
  /** `set-option tmate-set key=value`: a word from the host to the server. Nothing is kept of it. */
  | { readonly kind: 'tmate-set'; readonly key: string; readonly value: string }
  | { readonly kind: 'bind'; readonly table: string; readonly key: KeyCode }
  /** Without `key`, a whole table was emptied. */
  | { readonly kind: 'unbind'; readonly table: string; readonly key: KeyCode | undefined }
  | { readonly kind: 'mode-keys'; readonly table: ModeTable }
  /** A fault that the command asked to pass over (`-q`). */
  | { readonly kind: 'nothing' }
  /** It changed nothing; the message is tmux's own. */
  | { readonly kind: 'error'; readonly message: string };

/** What a mirror holds besides tmux's defaults. */
export interface SavedMirror {
  readonly options: SavedOptions;
  readonly keys: SavedKeys;
  readonly modeKeys: SavedModeKeys;
}

/**
 * What the server knows of a host's tmux: its options and its keys, as far as they differ from tmux's own. An
 * untouched one is three empty objects.
 */
export class Mirror {
  readonly options = new Options();
  readonly keys = new KeyTables();
  readonly modeKeys = new ModeKeys();

  /** All of it for another process, as JSON can carry it. */
  save(): SavedMirror {
    return { options: this.options.save(), keys: this.keys.save(), modeKeys: this.modeKeys.save() };
  }

  /** Fills an untouched mirror with what `save` gave; `protocol` for anything else. */
  restore(saved: unknown): void {
    const { options, keys, modeKeys } = record(saved);
    this.options.restore(options);
    this.keys.restore(keys);
    this.modeKeys.restore(modeKeys);
  }

  /** Does a command that the host replicated (tmate protocol 6, EXEC_CMD). Never throws: a bad one is an error. */
  apply(argv: readonly string[], context: OptionContext = {}): AppliedCommand {
    const command = parseCommand(argv);
    return command.ok ? this.run(command.value, context) : { kind: 'error', message: command.error };
  }

  /** The same for a line, as hosts before protocol 6 send it (EXEC_CMD_STR). */
  applyLine(line: string, context: OptionContext = {}): AppliedCommand[] {
    const commands = parseCommandLine(line);
    if (!commands.ok) return [{ kind: 'error', message: commands.error }];
    return commands.value.map((command) => this.run(command, context));
  }

  /** Does one that is read already. */
  run(command: Command, context: OptionContext = {}): AppliedCommand {
    switch (command.name) {
      case 'set-option':
      case 'set-window-option':
        return this.#set(command, context);
      case 'bind-key':
      case 'unbind-key':
        return this.#bind(command);
      default:
        return { kind: 'error', message: `not a command to replicate: ${command.name}` };
    }
  }

  #set(command: Command, context: OptionContext): AppliedCommand {
    const [name = '', value] = command.args;
    const option = findOption(name);
    if (typeof option === 'object' && option.name === 'tmate-set' && value !== undefined && !command.flags['u']) {
      const split = value.indexOf('=');
      if (split < 1) return { kind: 'error', message: `bad value: ${value}` };
      return { kind: 'tmate-set', key: value.slice(0, split), value: value.slice(split + 1) };
    }
    const result = this.options.apply(command, context);
    if (!result.ok) return { kind: 'error', message: result.error };
    return result.value === undefined ? { kind: 'nothing' } : { kind: 'option', ...result.value };
  }

  #bind(command: Command): AppliedCommand {
    if (command.flags['t'] !== undefined) {
      const result = this.modeKeys.apply(command);
      return result.ok ? { kind: 'mode-keys', table: result.value } : { kind: 'error', message: result.error };
    }
    const result = this.keys.apply(command);
    if (!result.ok) return { kind: 'error', message: result.error };
    const { table, key } = result.value;
    return command.name === 'bind-key' && key !== undefined
      ? { kind: 'bind', table, key }
      : { kind: 'unbind', table, key };
  }
}
