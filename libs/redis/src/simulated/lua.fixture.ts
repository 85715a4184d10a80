/**
 * The part of Lua that our scripts are written in, made into functions of JavaScript: what Redis runs is what a simulated
 * one runs. What is outside of that part throws, so that no script is run by guess.
 *
 * A table is an array whose entry 0 is not used; nil is `undefined`.
 */
export type LuaTable = LuaValue[];
export type LuaValue = string | number | boolean | undefined | LuaTable;
export type RedisCall = (args: readonly string[]) => LuaValue;
export type LuaScript = (keys: readonly string[], args: readonly string[], call: RedisCall) => LuaValue;

const WORDS = new Set(
  'and break do else elseif end false for function if in local nil not or return then true while'.split(' '),
);
const TOKEN =
  /\s+|--[^\n]*|(?<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<number>\d+(?:\.\d+)?)|(?<name>[A-Za-z_]\w*)|(?<sign>\.\.|==|~=|<=|>=|[-+*/%#<>=(){}[\],.;])/y;
/** How tightly operators bind, the loosest first. */
const LEVELS = [['or'], ['and'], ['<', '>', '<=', '>=', '==', '~='], ['..'], ['+', '-'], ['*', '/', '%']] as const;

interface Token {
  readonly kind: 'string' | 'number' | 'name' | 'sign' | 'word' | 'end';
  readonly text: string;
}

/** Compiles a script; throws for what it does not know. */
export function compileLua(source: string): LuaScript {
  const parser = new Parser(tokens(source));
  const body = parser.block();
  parser.expect('end', '');
  // The text comes from our own scripts.
  // oxlint-disable-next-line no-implied-eval
  const make = new Function('$', `'use strict'; return (KEYS, ARGV, redis) => {${body}}`) as (
    helpers: typeof HELPERS,
  ) => (keys: LuaTable, args: LuaTable, call: (...args: LuaValue[]) => LuaValue) => LuaValue;
  const run = make(HELPERS);
  return (keys, args, call) =>
    run([undefined, ...keys], [undefined, ...args], (...given) => call(given.map((one) => text(one))));
}

function tokens(source: string): Token[] {
  const found: Token[] = [];
  const lua = source.replace(/^#![^\n]*\n/, '');
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < lua.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(lua);
    if (match === null) throw new Error(`Lua that is not known: ${lua.slice(at, at + 40)}`);
    const [kind, value] = Object.entries(match.groups ?? {}).find(([, one]) => one !== undefined) ?? [];
    if (value === undefined) continue;
    found.push({ kind: kind === 'name' && WORDS.has(value) ? 'word' : (kind as Token['kind']), text: value });
  }
  return found;
}

class Parser {
  #at = 0;

  constructor(private readonly list: readonly Token[]) {}

  block(): string {
    let code = '';
    for (;;) {
      if (this.#is('end') || this.#word('end', 'else', 'elseif')) return code;
      if (this.#take('sign', ';')) continue;
      code += this.#statement();
    }
  }

  expect(kind: Token['kind'], wanted?: string): string {
    const token = this.#now;
    if (token.kind !== kind || (wanted !== undefined && token.text !== wanted)) {
      throw new Error(`Lua: ${wanted ?? kind} expected, not ${token.text}`);
    }
    this.#at += 1;
    return token.text;
  }

  #statement(): string {
    if (this.#take('word', 'local')) return this.#local();
    if (this.#take('word', 'if')) return this.#if();
    if (this.#take('word', 'for')) return this.#for();
    if (this.#take('word', 'while')) {
      const condition = this.#expression();
      return `while ($.true(${condition})) {${this.#body('do')}}`;
    }
    if (this.#take('word', 'break')) return 'break;';
    if (this.#take('word', 'return')) {
      const empty = this.#is('end') || this.#word('end', 'else', 'elseif');
      if (empty) return 'return undefined;';
      const values = this.#values();
      return values.length === 1 ? `return ${values[0]};` : `return $.many(${values.join(', ')});`;
    }
    const target = this.#suffixed();
    return this.#take('sign', '=') ? `${target} = ${this.#expression()};` : `${target};`;
  }

  #local(): string {
    if (this.#take('word', 'function')) return `const ${this.expect('name')} = ${this.#function()};`;
    const names = [this.expect('name')];
    while (this.#take('sign', ',')) names.push(this.expect('name'));
    if (!this.#take('sign', '=')) return `let ${names.join(', ')};`;
    const values = this.#values();
    if (names.length === 1) return `let ${names[0]} = ${values[0]};`;
    // What a function answers is more than one here, and nowhere else.
    const all = values.length === 1 ? `$.all(${values[0]?.replace(/^\$\.first/, '')})` : `[${values.join(', ')}]`;
    return `let [${names.join(', ')}] = ${all};`;
  }

  #values(): string[] {
    const values = [this.#expression()];
    while (this.#take('sign', ',')) values.push(this.#expression());
    return values;
  }

  #function(): string {
    this.expect('sign', '(');
    const names: string[] = [];
    while (!this.#take('sign', ')')) {
      names.push(this.expect('name'));
      this.#take('sign', ',');
    }
    const code = this.block();
    this.expect('word', 'end');
    return `(${names.join(', ')}) => {${code}}`;
  }

  #if(): string {
    let code = `if ($.true(${this.#expression()})) {`;
    this.expect('word', 'then');
    code += `${this.block()}}`;
    if (this.#take('word', 'elseif')) return `${code} else {${this.#if()}}`;
    if (this.#take('word', 'else')) code += ` else {${this.block()}}`;
    this.expect('word', 'end');
    return code;
  }

  #for(): string {
    const names = [this.expect('name')];
    while (this.#take('sign', ',')) names.push(this.expect('name'));
    if (this.#take('word', 'in')) {
      this.expect('name', 'ipairs');
      this.expect('sign', '(');
      const list = this.#expression();
      this.expect('sign', ')');
      return `for (const [${names.join(', ')}] of $.ipairs(${list})) {${this.#body('do')}}`;
    }
    this.expect('sign', '=');
    const first = this.#expression();
    this.expect('sign', ',');
    const last = this.#expression();
    const step = this.#take('sign', ',') ? this.#expression() : '1';
    return `for (let ${names[0]} = ${first}; ${names[0]} <= ${last}; ${names[0]} += ${step}) {${this.#body('do')}}`;
  }

  #body(opening: string): string {
    this.expect('word', opening);
    const code = this.block();
    this.expect('word', 'end');
    return code;
  }

  #expression(level = 0): string {
    const operators: readonly string[] | undefined = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#expression(level + 1);
    for (;;) {
      const { kind, text: sign } = this.#now;
      if ((kind !== 'sign' && kind !== 'word') || !operators.includes(sign)) return left;
      this.#at += 1;
      left = binary(sign, left, this.#expression(level + 1));
    }
  }

  #unary(): string {
    if (this.#take('word', 'not')) return `!$.true(${this.#unary()})`;
    if (this.#take('sign', '#')) return `$.size(${this.#unary()})`;
    if (this.#take('sign', '-')) return `-$.number(${this.#unary()})`;
    return this.#suffixed();
  }

  #suffixed(): string {
    let code = this.#primary();
    for (;;) {
      if (this.#take('sign', '[')) {
        code = `${code}[${this.#expression()}]`;
        this.expect('sign', ']');
      } else if (this.#take('sign', '.')) {
        const member = this.expect('name');
        code = code === 'redis' && member === 'call' ? 'redis' : `$.${code.replace('$.', '')}_${member}`;
      } else if (this.#take('sign', '(')) {
        const isOwn = code !== 'redis' && !code.startsWith('$.');
        const call = `${code}(${this.#list(')').join(', ')})`;
        code = isOwn ? `$.first(${call})` : call;
      } else return code;
    }
  }

  #primary(): string {
    const token = this.#now;
    this.#at += 1;
    if (token.kind === 'name') return ['tonumber', 'tostring'].includes(token.text) ? `$.${token.text}` : token.text;
    if (token.kind === 'string' || token.kind === 'number') return token.text;
    if (token.text === '(') {
      const inner = this.#expression();
      this.expect('sign', ')');
      return `(${inner})`;
    }
    if (token.text === '{') return `[undefined, ${this.#list('}').join(', ')}]`;
    if (token.text === 'nil') return 'undefined';
    if (token.text === 'true' || token.text === 'false') return token.text;
    throw new Error(`Lua that is not known: ${token.text}`);
  }

  #list(close: string): string[] {
    const items: string[] = [];
    while (!this.#take('sign', close)) {
      items.push(this.#expression());
      if (!this.#take('sign', ',') && this.#now.text !== close) throw new Error(`Lua: ${close} expected`);
    }
    return items;
  }

  get #now(): Token {
    return this.list[this.#at] ?? { kind: 'end', text: '' };
  }

  #is(kind: Token['kind']): boolean {
    return this.#now.kind === kind;
  }

  #word(...words: string[]): boolean {
    return this.#is('word') && words.includes(this.#now.text);
  }

  #take(kind: Token['kind'], wanted: string): boolean {
    if (this.#now.kind !== kind || this.#now.text !== wanted) return false;
    this.#at += 1;
    return true;
  }
}

function binary(sign: string, left: string, right: string): string {
  switch (sign) {
    case 'and':
      return `$.and(${left}, () => ${right})`;
    case 'or':
      return `$.or(${left}, () => ${right})`;
    case '==':
      return `(${left} === ${right})`;
    case '~=':
      return `(${left} !== ${right})`;
    case '..':
      return `($.text(${left}) + $.text(${right}))`;
    case '<':
    case '>':
    case '<=':
    case '>=':
      return `$.compared(${left}, ${right}, (a, b) => a ${sign} b)`;
    default:
      return `($.number(${left}) ${sign} $.number(${right}))`;
  }
}

function text(value: LuaValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? value.toFixed(0) : String(value);
  throw new Error(`Lua: no text: ${String(value)}`);
}

function number(value: LuaValue): number {
  const read = typeof value === 'number' ? value : toNumber(value);
  if (read === undefined) throw new Error(`Lua: no number: ${String(value)}`);
  return read;
}

function toNumber(value: LuaValue): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '' || !Number.isFinite(Number(value))) return undefined;
  return Number(value);
}

const isTrue = (value: LuaValue): boolean => value !== undefined && value !== false;

/** What a function answers that answers more than one thing. */
class Many {
  constructor(readonly values: readonly LuaValue[]) {}
}

const HELPERS = {
  many: (...values: LuaValue[]) => new Many(values),
  all: (value: LuaValue | Many) => (value instanceof Many ? value.values : [value]),
  first: (value: LuaValue | Many) => (value instanceof Many ? value.values[0] : value),
  true: isTrue,
  text,
  number,
  tonumber: toNumber,
  tostring: text,
  and: (left: LuaValue, right: () => LuaValue) => (isTrue(left) ? right() : left),
  or: (left: LuaValue, right: () => LuaValue) => (isTrue(left) ? left : right()),
  size: (value: LuaValue) => (Array.isArray(value) ? value.length - 1 : text(value).length),
  compared(a: LuaValue, b: LuaValue, how: (a: string | number, b: string | number) => boolean): boolean {
    const same = typeof a === typeof b && (typeof a === 'number' || typeof a === 'string');
    if (!same) throw new Error('Lua: these cannot be compared');
    return how(a, b as string | number);
  },
  *ipairs(value: LuaValue): Generator<[number, LuaValue]> {
    if (!Array.isArray(value)) throw new Error('Lua: no table');
    for (let at = 1; at < value.length && value[at] !== undefined; at++) yield [at, value[at]];
  },
  string_format(format: string, value: LuaValue): string {
    if (format !== '%.0f') throw new Error(`Lua: a format that is not known: ${format}`);
    return number(value).toFixed(0);
  },
  string_sub: (value: string, from: number, to: number) => value.slice(from - 1, to < 0 ? value.length + to + 1 : to),
  math_floor: (value: LuaValue) => Math.floor(number(value)),
  math_max: (...values: LuaValue[]) => Math.max(...values.map((one) => number(one))),
  math_min: (...values: LuaValue[]) => Math.min(...values.map((one) => number(one))),
} as const;
