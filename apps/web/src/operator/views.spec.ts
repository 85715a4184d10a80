import { describe, expect, it } from 'vitest';
import { queryOf, shortId } from './views.js';

describe('a query', () => {
  it('has what was given, encoded', () => {
    expect(queryOf({ state: 'live', user: '', region: undefined })).toBe('?state=live');
    expect(queryOf({ type: 'a&b', user: 'ada' })).toBe('?type=a%26b&user=ada');
    expect(queryOf({ type: '' })).toBe('');
  });
});

describe('an id', () => {
  it('is shown by its beginning', () => {
    expect(shortId('6f1c9a52-3f0b-4c5e-9d0a-2b7e8f4a1c33')).toBe('6f1c9a52');
  });
});
