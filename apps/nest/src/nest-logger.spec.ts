import { describe, expect, it } from 'vitest';
import { ShipmateError } from '#kernel';
import { createLog } from '#platform';
import { NestLogger } from './nest-logger.js';

describe('NestLogger', () => {
  it('makes debug records of what Nest says of its start, and keeps its errors', () => {
    const lines: string[] = [];
    const log = createLog({ level: 'debug', format: 'json' }, { write: (line) => void lines.push(line) });
    const records = (): Record<string, unknown>[] => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const nest = new NestLogger(log);
    nest.log('Mapped {/healthz, GET} route', 'RouterExplorer');
    nest.error('boom', 'Error: boom\n    at x', 'ExceptionsHandler');
    expect(records()).toMatchObject([
      { level: 'debug', event: 'nest', context: 'RouterExplorer', msg: 'Mapped {/healthz, GET} route' },
      { level: 'error', event: 'nest', context: 'ExceptionsHandler', msg: 'boom' },
    ]);
    expect(records()[1]?.['error']).toContain('at x');
  });

  it('leaves a start-up fault to the code that prints its sentence', () => {
    const lines: string[] = [];
    const log = createLog({ level: 'info', format: 'json' }, { write: (line) => void lines.push(line) });
    const nest = new NestLogger(log);
    nest.error(new ShipmateError('config', 'there is no usable key'), 'ExceptionHandler');
    expect(lines).toEqual([]);
    nest.error(new TypeError('a bug'), 'ExceptionHandler');
    nest.error(new ShipmateError('config', 'later'), 'ExceptionsHandler');
    expect(lines).toHaveLength(2);
  });
});
