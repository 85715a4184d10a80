import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configMarkdown, describeConfig, loadConfig } from '#platform';

describe('describeConfig', () => {
  it('tells a meaning and a default of every variable', () => {
    const docs = describeConfig();
    expect(docs.map(({ name }) => name)).toContain('SHIPMATE_PROXY_PROTOCOL');
    for (const { name, meaning, defaultText } of docs) {
      expect(meaning, name).toMatch(/^[A-Z].*\.$/);
      expect(defaultText, name).not.toBe('');
    }
  });

  it('tells defaults that are taken when they are set', () => {
    const plain = describeConfig().flatMap(({ name, defaultText }) => {
      const value = /^`([^`]+)`$/.exec(defaultText)?.[1];
      return value === undefined ? [] : [[name, value] as const];
    });
    expect(plain.length).toBeGreaterThan(8);
    expect(loadConfig(Object.fromEntries(plain))).toEqual({
      ...loadConfig({}),
      log: { level: 'info', format: undefined, addresses: 'plain' },
    });
  });
});

describe('docs/configuration.md', () => {
  it('is what the code says; after a change: npm run docs', () => {
    expect(readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')).toBe(configMarkdown());
  });
});
