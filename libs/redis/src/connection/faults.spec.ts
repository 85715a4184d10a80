import { describe, expect, it } from 'vitest';
import { ShipmateError } from '#kernel';
import { connectFault, readFault, Refusal, toShipmateError } from './faults.js';

const reply = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError', args: ['hunter2'] });

describe('readFault', () => {
  it('keeps the first word of what Redis says, and nothing that was sent', () => {
    const fault = readFault(reply("ERR unknown command 'x', with args beginning with: 'hunter2'"));
    expect(fault).toBeInstanceOf(Refusal);
    expect(fault).toMatchObject({ code: 'ERR' });
    expect(`${fault.message}${JSON.stringify(fault)}`).not.toContain('hunter2');
  });

  it('knows where a slot has gone', () => {
    expect(readFault(reply('MOVED 3999 127.0.0.1:6381'))).toMatchObject({
      code: 'MOVED',
      target: { host: '127.0.0.1', port: 6381 },
    });
    expect(readFault(reply('ASK 1 :6381'))).toMatchObject({ code: 'ASK', target: { host: '', port: 6381 } });
  });

  it('takes anything else for a lost connection', () => {
    expect(readFault(new Error('Connection is closed.'))).toMatchObject({ code: 'unavailable' });
    const own = new ShipmateError('timeout', 'late');
    expect(readFault(own)).toBe(own);
  });
});

describe('toShipmateError', () => {
  it.each(['OOM', 'NOPERM', 'LOADING', 'WHATEVER'])('makes %s something that may go away', (code) => {
    expect(toShipmateError(new Refusal(code))).toMatchObject({ code: 'unavailable', temporary: true });
  });
});

describe('toShipmateError, later than the start', () => {
  it('makes a wrong password something that may go away as well', () => {
    const fault = toShipmateError(new ShipmateError('config', 'Redis refuses the user or the password'));
    expect(fault).toMatchObject({ code: 'unavailable', message: 'Redis refuses the user or the password' });
  });
});

describe('connectFault', () => {
  it('tells a wrong password from a server that is not there', () => {
    expect(connectFault('a:1', reply('WRONGPASS invalid username-password pair: hunter2'))).toMatchObject({
      code: 'config',
      message: 'Redis refuses the user or the password: a:1',
    });
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    expect(connectFault('a:1', refused)).toMatchObject({
      code: 'unavailable',
      message: 'Redis at a:1 cannot be reached: ECONNREFUSED',
    });
    expect(connectFault('a:1', new Error('hunter2')).message).not.toContain('hunter2');
  });
});
