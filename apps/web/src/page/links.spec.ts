import { describe, expect, it } from 'vitest';
import { openable } from './links.js';

describe('openable', () => {
  it.each(['http://example.org', 'HTTPS://example.org/a?b#c'])('opens %s', (url) => {
    expect(openable(url)?.href.toLowerCase()).toContain('example.org');
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'blob:http://x/1', 'example.org', ''])(
    'does not open %j',
    (url) => {
      expect(openable(url)).toBeUndefined();
    },
  );
});
