export type { Binding } from './binding.js';
export { parseColour, printColour } from './colours.js';
export { fillTemplate, parseCommandLine, parseCommandWords, quoteWord, quoteWords } from './command-line.js';
export { COMMANDS } from './command-table.js';
export type { CommandEntry, CommandName } from './command-table.js';
export { commandArgv, findCommand, flagValue, parseCommand, printCommand, printCommands } from './commands.js';
export type { Command, Parsed } from './commands.js';
export { completeCommand, completeWord } from './completion.js';
export type { CompletionContext } from './completion.js';
export { expandFormat, expandTimeFormat } from './format.js';
export type { FormatContext } from './format.js';
export { KeyMachine } from './key-machine.js';
export type { KeyAction, KeySource } from './key-machine.js';
export { parseKey, printKey } from './key-names.js';
export { KeyTables } from './key-tables.js';
export type { BindingChange } from './key-tables.js';
export { listCommands, listKeys, showOptions } from './listings.js';
export { Mirror } from './mirror.js';
export type { AppliedCommand, SavedMirror } from './mirror.js';
export type { ChoiceCommand, CopyCommand, EditCommand, ModeTable } from './mode-key-table.js';
export { findModeTable, ModeKeys } from './mode-keys.js';
export type { ModeBinding, ModeCommand } from './mode-keys.js';
export { Options } from './options.js';
export type { OptionChange, OptionContext } from './options.js';
export type {
  ChoiceOption,
  ColourOption,
  FlagOption,
  KeyOption,
  NumberOption,
  OptionName,
  OptionScope,
  StyleOption,
  TextOption,
} from './options-table.js';
export { conditionBranch, confirmText, promptPlan } from './seat-commands.js';
export type { PromptPlan } from './seat-commands.js';
export { formatContext, windowFlags } from './session-formats.js';
export type { FormatPane, FormatSession, FormatWindow } from './session-formats.js';
export { statusContent } from './status-content.js';
export type { StatusContent, StatusInput, StatusWindow } from './status-content.js';
export { datePartsAt, strftime } from './strftime.js';
export type { DateParts } from './strftime.js';
export {
  Attr,
  COLOUR_256,
  COLOUR_BASIC,
  COLOUR_KIND_MASK,
  COLOUR_MASK,
  COLOUR_RGB,
  COLOUR_VALUE_MASK,
  DEFAULT_COLOUR,
  DEFAULT_STYLE,
} from './style.js';
export type { Colour, Style, StyledText } from './style.js';
export { overlayStyle, parseStyle, printStyle } from './styles.js';
export { parseStyledText, styledLength, trimStyled, trimText } from './styled-text.js';
export type { CharWidth } from './styled-text.js';
export { aimAtMouse, hasMouseTarget, hostArgv, readersMayRun, whereRuns } from './where-runs.js';
export type { Placement } from './where-runs.js';
