import { expect, it } from 'vitest';
import { isDecodable } from './is-decodable.js';

it.each([
  ['/t/abc', true],
  ['/t/a%20b?c=%C3%A4', true],
  ['/t/%', false],
  ['/t/%zz', false],
  ['/t/%C3', false],
])('tells whether the escapes of %s are well formed', (url, well) => expect(isDecodable(url)).toBe(well));
