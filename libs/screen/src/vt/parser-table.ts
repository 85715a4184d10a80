/**
 * The states of the parser. They are those of Paul Williams' DEC parser with the host's changes: only 7-bit controls, UTF-8 in
 * the ground state, DCS that ends only at `ESC \`, and strings of `ESC _` and `ESC k`.
 */
export const State = {
  ground: 0,
  escape: 1,
  escapeIntermediate: 2,
  csi: 3,
  csiParam: 4,
  csiIntermediate: 5,
  csiIgnore: 6,
  dcs: 7,
  dcsParam: 8,
  dcsIntermediate: 9,
  dcsString: 10,
  dcsEscape: 11,
  dcsIgnore: 12,
  osc: 13,
  apc: 14,
  rename: 15,
  ignoreString: 16,
  utf8Three: 17,
  utf8Two: 18,
  utf8One: 19,
} as const;
export const STATES = 20;

export const Action = {
  none: 0,
  print: 1,
  control: 2,
  intermediate: 3,
  param: 4,
  string: 5,
  escDispatch: 6,
  csiDispatch: 7,
  dcsDispatch: 8,
  utf8Open: 9,
  utf8Add: 10,
  utf8Close: 11,
} as const;

/** In the low byte of an entry of the table: the state stays. */
export const STAY = 0xff;

type Rule = readonly [from: number, to: number, action: number, next: number];

/** CAN, SUB and ESC, wherever a state does not say otherwise. */
const ANYWHERE: readonly Rule[] = [
  [0x18, 0x18, Action.control, State.ground],
  [0x1a, 0x1a, Action.control, State.ground],
  [0x1b, 0x1b, Action.none, State.escape],
];
const CONTROLS: readonly Rule[] = [[0x00, 0x1f, Action.control, STAY], ...ANYWHERE];
const NO_CONTROLS: readonly Rule[] = [[0x00, 0x1f, Action.none, STAY], ...ANYWHERE];

/** How a control string is opened by what follows `ESC [` or `ESC P`; later rules overrule earlier ones. */
const opening = (controls: readonly Rule[], param: number, intermediate: number, ignore: number): readonly Rule[] => [
  ...controls,
  [0x20, 0x2f, Action.intermediate, intermediate],
  [0x30, 0x3b, Action.param, param],
  [0x3a, 0x3a, Action.none, ignore],
  [0x3c, 0x3f, Action.intermediate, param],
];
const inParams = (controls: readonly Rule[], intermediate: number, ignore: number): readonly Rule[] => [
  ...controls,
  [0x20, 0x2f, Action.intermediate, intermediate],
  [0x30, 0x3b, Action.param, STAY],
  [0x3a, 0x3a, Action.none, ignore],
  [0x3c, 0x3f, Action.none, ignore],
];
const inIntermediates = (controls: readonly Rule[], ignore: number): readonly Rule[] => [
  ...controls,
  [0x20, 0x2f, Action.intermediate, STAY],
  [0x30, 0x3f, Action.none, ignore],
];
const CSI_END: Rule = [0x40, 0x7e, Action.csiDispatch, State.ground];
const DCS_BEGIN: Rule = [0x40, 0x7e, Action.string, State.dcsString];
const STRING: readonly Rule[] = [...NO_CONTROLS, [0x20, 0xff, Action.string, STAY]];
const utf8 = (action: number, next: number): readonly Rule[] => [
  // A byte that does not belong here is lost with the broken character, be it a control.
  [0x00, 0xff, Action.none, State.ground],
  [0x80, 0xbf, action, next],
];

const RULES: Readonly<Record<number, readonly Rule[]>> = {
  [State.ground]: [
    ...CONTROLS,
    [0x20, 0x7e, Action.print, STAY],
    [0xc2, 0xdf, Action.utf8Open, State.utf8One],
    [0xe0, 0xef, Action.utf8Open, State.utf8Two],
    [0xf0, 0xf4, Action.utf8Open, State.utf8Three],
  ],
  [State.escape]: [
    ...CONTROLS,
    [0x20, 0x2f, Action.intermediate, State.escapeIntermediate],
    [0x30, 0x7e, Action.escDispatch, State.ground],
    [0x50, 0x50, Action.none, State.dcs],
    [0x58, 0x58, Action.none, State.ignoreString],
    [0x5b, 0x5b, Action.none, State.csi],
    [0x5d, 0x5d, Action.none, State.osc],
    [0x5e, 0x5e, Action.none, State.ignoreString],
    [0x5f, 0x5f, Action.none, State.apc],
    [0x6b, 0x6b, Action.none, State.rename],
  ],
  [State.escapeIntermediate]: [
    ...CONTROLS,
    [0x20, 0x2f, Action.intermediate, STAY],
    [0x30, 0x7e, Action.escDispatch, State.ground],
  ],
  [State.csi]: [...opening(CONTROLS, State.csiParam, State.csiIntermediate, State.csiIgnore), CSI_END],
  [State.csiParam]: [...inParams(CONTROLS, State.csiIntermediate, State.csiIgnore), CSI_END],
  [State.csiIntermediate]: [...inIntermediates(CONTROLS, State.csiIgnore), CSI_END],
  [State.csiIgnore]: [...CONTROLS, [0x40, 0x7e, Action.none, State.ground]],
  [State.dcs]: [...opening(NO_CONTROLS, State.dcsParam, State.dcsIntermediate, State.dcsIgnore), DCS_BEGIN],
  [State.dcsParam]: [...inParams(NO_CONTROLS, State.dcsIntermediate, State.dcsIgnore), DCS_BEGIN],
  [State.dcsIntermediate]: [...inIntermediates(NO_CONTROLS, State.dcsIgnore), DCS_BEGIN],
  [State.dcsString]: [
    [0x00, 0xff, Action.string, STAY],
    [0x1b, 0x1b, Action.none, State.dcsEscape],
  ],
  [State.dcsEscape]: [
    [0x00, 0xff, Action.string, State.dcsString],
    [0x5c, 0x5c, Action.dcsDispatch, State.ground],
  ],
  [State.dcsIgnore]: NO_CONTROLS,
  [State.osc]: [...STRING, [0x07, 0x07, Action.none, State.ground]],
  [State.apc]: STRING,
  [State.rename]: STRING,
  [State.ignoreString]: NO_CONTROLS,
  [State.utf8Three]: utf8(Action.utf8Add, State.utf8Two),
  [State.utf8Two]: utf8(Action.utf8Add, State.utf8One),
  [State.utf8One]: utf8(Action.utf8Close, State.ground),
};

/** For state << 8 | byte: action << 8 | next state. What no rule names is dropped and changes nothing. */
export const TRANSITIONS: Uint16Array = buildTable();

function buildTable(): Uint16Array {
  const table = new Uint16Array(STATES * 256).fill((Action.none << 8) | STAY);
  for (const [state, rules] of Object.entries(RULES)) {
    for (const [from, to, action, next] of rules) {
      table.fill((action << 8) | next, Number(state) * 256 + from, Number(state) * 256 + to + 1);
    }
  }
  return table;
}
