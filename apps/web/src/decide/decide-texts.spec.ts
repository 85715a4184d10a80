import { describe, expect, it } from 'vitest';
import { decidedText, requestTexts } from './decide-texts.js';

const WHO = { id: 'p', role: 'writer', transport: 'ssh', address: '192.0.2.9' } as const;

describe('the page of a link to decide', () => {
  it('says who asks for what, and who decides', () => {
    expect(requestTexts(WHO, '6f1c9a52-3f0b', 'link')).toEqual({
      title: 'Somebody from 192.0.2.9 asks to join, to type',
      more: 'Session 6f1c9a52. Recorded as the decision of whoever has this link.',
    });
    const two = { ...WHO, name: 'ann', role: 'reader', agreed: ['host'], needed: 2 } as const;
    expect(requestTexts(two, '6f1c9a52-3f0b', 'person:corp:1')).toEqual({
      title: 'ann asks to join, to watch',
      more: 'Session 6f1c9a52. 2 different people must agree; 1 have. Recorded as the decision of person:corp:1.',
    });
  });

  it('says what a decision led to', () => {
    const agreement = { agreed: ['link'], needed: 3 };
    expect(decidedText({ decision: 'agreed', ...agreement }).text).toContain('2 more people must agree');
    expect(decidedText({ decision: 'agreed', ...agreement, needed: 2 }).text).toContain('one more person must agree');
    expect(decidedText({ decision: 'admitted', ...agreement }).title).toBe('They are let in');
    expect(decidedText({ decision: 'refused', ...agreement }).title).toBe('They are not let in');
  });
});
