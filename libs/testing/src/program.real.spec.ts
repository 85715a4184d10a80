import { existsSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cleanEnv, freePort, Program, run, Stage, tempDir, isRunning } from '#testing';

const env = cleanEnv('/nonexistent');

describe('Program', () => {
  it('waits for a line, and ends by the signal it is sent', async () => {
    const program = new Program('sh', ['-c', 'echo up; trap "exit 3" TERM; while :; do sleep 0.02; done'], { env });
    expect((await program.toPrint(/u(p)/))[1]).toBe('p');
    expect(await program.stop()).toEqual({ status: 3, signal: null });
    expect(isRunning(program.pid)).toBe(false);
  });

  it('says at once when the program ends before the line, with all it printed', async () => {
    const program = new Program('sh', ['-c', 'echo reason >&2; exit 4'], { env });
    await expect(program.toPrint(/never/)).rejects.toThrow(/ended before.*\nexit status 4[^]*reason/);
  });

  it('kills what ignores the signal', async () => {
    const program = new Program('sh', ['-c', 'trap "" TERM; echo up; while :; do sleep 0.02; done'], { env });
    await program.toPrint(/up/);
    expect((await program.stop('SIGTERM', 50)).signal).toBe('SIGKILL');
  });

  it('inherits nothing from the environment', async () => {
    process.env['SHIPMATE_TEST_LEAK'] = 'yes';
    const { stdout } = await run('env', [], { env });
    delete process.env['SHIPMATE_TEST_LEAK'];
    expect(stdout).not.toContain('SHIPMATE_TEST_LEAK');
    expect(stdout).toContain('HOME=/nonexistent');
  });
});

describe('run', () => {
  it('feeds the input and gives the output', async () => {
    expect((await run('cat', [], { input: 'in and out' })).stdout).toBe('in and out');
  });

  it('throws what the program complained of', async () => {
    await expect(run('sh', ['-c', 'echo broken >&2; exit 2'])).rejects.toThrow(/failed \(2\): broken/);
    expect((await run('sh', ['-c', 'exit 2'], { mayFail: true })).status).toBe(2);
  });

  it('says that a program is not installed', async () => {
    await expect(run('no-such-program', [])).rejects.toThrow(/no-such-program is not installed/);
  });
});

describe('tempDir, freePort and Stage', () => {
  it('removes a directory with all in it', () => {
    const dir = tempDir();
    writeFileSync(dir.file('x'), 'x');
    dir.dispose();
    expect(existsSync(dir.path)).toBe(false);
  });

  it('gives no port twice', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, async () => await freePort()));
    expect(new Set(ports).size).toBe(20);
  });

  it('ends what was started in the reverse order, failures or not', async () => {
    const stage = new Stage();
    const ended: number[] = [];
    await stage.add({ stop: () => ended.push(1) });
    await stage.add({ stop: () => Promise.reject(new Error('stuck')) });
    await stage.add(Promise.resolve({ stop: () => ended.push(3) }));
    await expect(stage.clear()).rejects.toThrow(/stuck/);
    expect(ended).toEqual([3, 1]);
  });
});
